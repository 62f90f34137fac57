import { Chart } from "../chart.js"
import * as messages from "../messages.js"
import { count, type Numbers, type TensorLike } from "../numbers.js"
import { type PictureOptions, readPictures } from "../pictures.js"
import { dataUrl, enlarge } from "../png.js"
import { ink } from "../theme.js"
import { readClasses } from "./classes.js"
import { heading } from "./heading.js"

/** How a grid of images looks. */
export interface ImagesOptions extends PictureOptions {
  title?: string
  subtitle?: string
  /** The true class of each image, written above it: a number or a name. */
  labels?: Numbers
  /** The predicted class; where it differs from the label, both are written in red. */
  predicted?: Numbers
  /** The names of the classes 0, 1, 2 … */
  classes?: readonly string[]
  columns?: number
  /** How many images are drawn at most. */
  limit?: number
  /** The width of one image in pixels. */
  size?: number
}

/**
 * Draws images in a grid, with what they are above them and wrong predictions in red.
 *
 * Options: `labels`, `predicted`, `classes`, `columns`, `limit`, `size`, `range`, `invert`, `title`, `subtitle`.
 *
 * Shape: [H, W], [N, H, W] or [N, C, H, W] with 1 or 3 channels.
 *
 * Errors: another shape; fewer labels than images.
 *
 * @example plot.images(zeros([4, 8, 8])).text // "Images · 4 of 4, 8 × 8"
 */
export function images(tensor: TensorLike, options: ImagesOptions = {}): Chart {
  const call = "plot.images"
  const { title = "", subtitle, columns = 8, limit = 32, size = 56, labels, predicted, classes } = options
  const pictures = readPictures(call, tensor, limit, options)
  const total = tensor.shape.length === 2 ? 1 : (tensor.shape[0] ?? 0)
  const truth = labels && readClasses(call, "labels", labels, classes)
  const guess = predicted && readClasses(call, "predicted", predicted, classes)
  for (const [role, list] of [["labels", truth] as const, ["predicted", guess] as const]) {
    if (list && list.length < pictures.length) {
      throw messages.lengthsDiffer(call, [
        ["images", total],
        [role, list.length],
      ])
    }
  }
  const perRow = Math.min(columns, pictures.length)
  const first = pictures[0]
  const aspect = first ? first.height / first.width : 1
  const caption = truth || guess ? 16 : 0
  const cellWidth = size + 8
  const cellHeight = Math.round(size * aspect) + caption + 8
  const wrong = pictures.filter((_, i) => truth && guess && truth[i] !== guess[i]).length
  const factor = first ? Math.max(1, Math.round((2 * size) / first.width)) : 1
  const spec = {
    title: heading(
      title,
      subtitle ?? (truth && guess ? "true label; wrong predictions in red" : undefined),
      total > pictures.length ? `${count(pictures.length)} of ${count(total)}` : undefined,
    ),
    data: {
      values: pictures.map((picture, i) => {
        const ok = !truth || !guess || truth[i] === guess[i]
        const text = ok ? (truth?.[i] ?? guess?.[i] ?? "") : `${truth?.[i]} as ${guess?.[i]}`
        return {
          x: (i % perRow) * cellWidth + cellWidth / 2,
          y: Math.floor(i / perRow) * cellHeight,
          u: dataUrl(enlarge(picture, factor)),
          t: text,
          ok,
        }
      }),
    },
    width: perRow * cellWidth,
    height: Math.ceil(pictures.length / perRow) * cellHeight,
    encoding: {
      x: { field: "x", type: "quantitative", scale: null, axis: null },
      y: { field: "y", type: "quantitative", scale: null, axis: null },
    },
    layer: [
      {
        mark: {
          type: "image",
          aria: false,
          width: size,
          height: Math.round(size * aspect),
          align: "center",
          baseline: "top",
          smooth: false,
          yOffset: caption,
        },
        encoding: { url: { field: "u", type: "nominal" } },
      },
      ...(caption
        ? [
            {
              mark: { type: "text", baseline: "top", align: "center", fontSize: 11, yOffset: 2, limit: cellWidth },
              encoding: {
                text: { field: "t" },
                color: { condition: { test: "!datum.ok", value: ink.alarm }, value: ink.quiet },
              },
            },
          ]
        : []),
    ],
  }
  const facts = [`${count(pictures.length)} of ${count(total)}, ${first?.height} × ${first?.width}`]
  if (truth && guess) facts.push(`${count(wrong)} wrong`)
  return new Chart(spec, [title || "Images", ...facts].join(" · "))
}
