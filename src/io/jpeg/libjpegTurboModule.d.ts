/** Types of the package, which has none of its own: of the part that is used. */
declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs" {
  export interface FrameInfo {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }
  /** Buffers are views on the module's memory, until its next call. */
  export interface JpegDecoder {
    getEncodedBuffer(bytes: number): Uint8ClampedArray;
    decode(): void;
    getFrameInfo(): FrameInfo;
    getDecodedBuffer(): Uint8ClampedArray;
    delete(): void;
  }
  export interface JpegEncoder {
    getDecodedBuffer(frame: FrameInfo): Uint8ClampedArray;
    setProgressive(progressive: 0 | 1): void;
    setQuality(quality: number): void;
    /** @param subsampling 0 is 4:4:4 */
    setSubSampling(subsampling: number): void;
    encode(): void;
    /** @returns a copy */
    getEncodedBuffer(): Uint8ClampedArray;
    delete(): void;
  }
  export interface LibjpegTurbo {
    readonly JPEGDecoder: new () => JpegDecoder;
    readonly JPEGEncoder: new () => JpegEncoder;
  }
  /** Emscripten's hooks, of which one is used. */
  export interface ModuleOptions {
    instantiateWasm(imports: object, onInstance: (instance: WebAssembly.Instance) => void): object;
  }
  export default function createModule(options: ModuleOptions): Promise<LibjpegTurbo>;
}

/** The same compiled to JavaScript, which needs no hook. */
declare module "@cornerstonejs/codec-libjpeg-turbo-8bit" {
  import type { LibjpegTurbo } from "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs";

  export default function createModule(options: object): Promise<LibjpegTurbo>;
}
