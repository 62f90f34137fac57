import { basename } from "node:path"
import { type DownloadOptions, datasetFile } from "./download.js"

/**
 * A text from the web, downloaded once and kept: a novel, a play, a collection of poems.
 *
 * Errors: no network and no file, with the folder where it belongs.
 *
 * @param url where the text is; packed texts (`.gz`) are unpacked
 */
export async function textFile(url: string, options: Omit<DownloadOptions, "mirrors"> = {}): Promise<string> {
  const { pathname, href } = new URL(url)
  const name = basename(pathname)
  const folder = href.slice(0, href.lastIndexOf(name) - 1)
  const bytes = await datasetFile("textFile", "text", { name }, [folder], options)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
}
