import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Where charts and cards are kept to be looked at: `CELLGRAD_GALLERY=<folder> npx vitest run test/display`. */
export const galleryFolder = process.env.CELLGRAD_GALLERY

const begun = new Set<string>()

/** Keeps a picture. */
export function keepPicture(name: string, png: Uint8Array): void {
  if (!galleryFolder) return
  mkdirSync(galleryFolder, { recursive: true })
  writeFileSync(join(galleryFolder, `${name}.png`), png)
}

/** Adds a piece of HTML to a page. */
export function keepHtml(page: string, title: string, html: string): void {
  if (!galleryFolder) return
  mkdirSync(galleryFolder, { recursive: true })
  const file = join(galleryFolder, `${page}.html`)
  if (!begun.has(page)) writeFileSync(file, "<!doctype html><meta charset=utf-8><body style='font-family:sans-serif'>")
  begun.add(page)
  appendFileSync(file, `<p style="color:gray;font-size:10px;margin:8px 0 0">${title}</p>${html}\n`)
}
