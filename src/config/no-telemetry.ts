import process from "node:process";

/**
 * ONNX Runtime reports to its maker how it is used, from 1.30 on, unless this variable says otherwise. Nothing of anybody's goes
 * anywhere from here. To be called before the runtime is loaded, and on the main thread: a worker's environment is a copy, which the runtime does not read.
 */
export function refuseTelemetry(): void {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
}
