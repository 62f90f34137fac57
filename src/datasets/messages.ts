import { ReadError } from "../data/errors.js"

/** A dataset's file that is neither here nor to be had. */
export function notDownloaded(
  call: string,
  name: string,
  folder: string,
  reasons: readonly string[],
  mirrors: readonly string[],
): ReadError {
  return new ReadError({
    call: `${call}: ${name}`,
    rows: reasons.map((reason, i) => ({ role: `tried ${i + 1}`, what: reason })),
    rule: reasons.length === 0 ? "The file is not there." : "The file is not there and could not be downloaded.",
    hint: `put it into ${folder} (it is at ${mirrors[0] ?? "its authors' page"}), or allow the download. With no network, datasets.digits() draws digits.`,
  })
}

/** A file that is not what its authors published. */
export function checksumDiffers(call: string, place: string, wanted: string, found: string): ReadError {
  return new ReadError({
    call: `${call}: ${place}`,
    rows: [
      { role: "wanted", what: `MD5 ${wanted}` },
      { role: "found", what: `MD5 ${found}` },
    ],
    rule: "The file is not the one that its authors published: it is incomplete, or another.",
    hint: "delete the file, and it is downloaded again.",
  })
}

/** A file of a dataset whose content is not of its format. */
export function badFormat(call: string, name: string, rule: string): ReadError {
  return new ReadError({ call: `${call}: ${name}`, rule })
}
