import { parentPort, workerData } from "node:worker_threads";
import { compareSync } from "bcryptjs";

/** The thread of `verifyBcrypt`: one comparison. */
const { stored, password }: { stored: string; password: string } = workerData;
parentPort?.postMessage(compareSync(password, stored));
