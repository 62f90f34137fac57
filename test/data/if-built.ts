/** A package with a binary for the platforms that it is built for; elsewhere its tests are skipped, and say so. */
export async function ifBuilt<Module>(name: string, load: () => Promise<Module>): Promise<Module | undefined> {
  try {
    return await load()
  } catch (error) {
    if (process.platform === "linux" && process.arch === "x64" && process.env.CI === "true") throw error
    console.warn(
      `skipped: the tests with ${name}, which has no binary here (${(error as Error).message.split("\n")[0]})`,
    )
    return undefined
  }
}
