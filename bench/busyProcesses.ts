import { spawn } from "node:child_process";

/**
 * Keeps other processes computing, each as much as one core can.
 *
 * @returns a function that ends them
 */
export function busyProcesses(count: number): () => void {
  const processes = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  return () => {
    for (const busy of processes) busy.kill("SIGKILL");
  };
}
