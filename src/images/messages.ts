import { ReadError } from "../data/errors.js"
import { ArgumentError, ShapeError } from "../tensor/errors.js"
import { shapeText, valueText } from "../tensor/messages.js"

/** Bytes that are no picture in a format that is known. */
export function notAnImage(call: string, rule: string): ReadError {
  return new ReadError({ call: `${call}: this is no picture that can be read`, rule })
}

/** A tensor that is no picture. */
export function notAPicture(
  call: string,
  shape: readonly number[],
  wanted = "[channels, height, width], or [batch, channels, height, width]",
): ShapeError {
  const last = shape.at(-1) as number
  const channelsLast = shape.length === 3 && (last === 1 || last === 3 || last === 4) && (shape[0] as number) > 4
  return new ShapeError({
    call: `${call}: ${shapeText(shape)}`,
    rule: `A picture is ${wanted}.`,
    hint: channelsLast ? "the channels stand last; try x.permute(2, 0, 1)." : undefined,
  })
}

/** A setting of a transform that it does not take. */
export function badSetting(call: string, name: string, value: unknown, rule: string): ArgumentError {
  return new ArgumentError({ call: `${call}: ${name} ${valueText(value)}`, rule })
}

/** A part of a picture that is larger than the picture. */
export function tooLarge(call: string, size: readonly number[], shape: readonly number[]): ShapeError {
  return new ShapeError({
    call: `${call}: ${shapeText(size)} of ${shapeText(shape)}`,
    rule: "The part must not be larger than the picture.",
    hint: `resize makes a picture larger${call === "randomCrop" ? ", and { padding: 4 } adds a margin" : ", and pad adds a margin"}.`,
  })
}

/** A folder that holds no classes. */
export function noPictures(root: string): ReadError {
  return new ReadError({
    call: `ImageFolder: ${root}`,
    rule: "It holds no folder with .png or .jpg files in it; each such folder is a class.",
    hint: "a single picture is read by readImage(path).",
  })
}
