import type { Connection } from "./connection.js"

/** Starts the kernel on a connection; the promise never settles. */
export function startKernel(_connection: Connection): Promise<never> {
  throw new Error("the kernel's engine has not landed yet")
}
