/** Disposes what is still being loaded, once it is there. A failed loading is told by whoever awaits it. */
export function disposeWhenLoaded(loading: Promise<{ dispose(): void }>): void {
  loading.then(
    (loaded) => loaded.dispose(),
    () => undefined,
  );
}
