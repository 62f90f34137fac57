/** A function that runs in the browser, given as text: the browser's types are no part of this project. */
function inBrowser<F>(text: string): F {
  return new Function(`return ${text}`)() as F
}

/** A color from here to there in a canvas, in shares of its width. */
interface Wanted {
  color: readonly number[]
  from: number
  to: number
}

/** (canvas, { color, from, to }) → the middle of what the color covers between two shares of the width, and how many pixels. */
export const findColorInCanvas = inBrowser<
  (canvas: unknown, wanted: Wanted) => { x: number; y: number; n: number }
>(`(canvas, { color, from, to }) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
  let [x, y, n] = [0, 0, 0]
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    const column = i % canvas.width
    if (column < from * canvas.width || column > to * canvas.width) continue
    if (color.some((value, c) => Math.abs(value - pixels[4 * i + c]) > 6)) continue
    x += column
    y += Math.floor(i / canvas.width)
    n++
  }
  return { x: x / n / canvas.width, y: y / n / canvas.height, n }
}`)

/** Looks at the first cell's chart in every frame from its first drawing on, and counts frames, drawings, and frames without one. */
export const watchFrames = inBrowser<() => void>(`() => {
  const seen = { frames: 0, blank: 0, drawings: 0 }
  window.seenFrames = seen
  let last = null
  const look = () => {
    const canvas = document.querySelector(".jp-CodeCell .jp-OutputArea .vega-embed canvas")
    if (seen.drawings > 0 || canvas) {
      seen.frames++
      const pixels = canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
      let [ink, mark] = [false, 7]
      for (let i = 0; i < (pixels?.length ?? 0); i += 20) {
        ink ||= pixels[i] < 200
        mark = (mark * 31 + pixels[i]) % 1000003
      }
      if (!ink) seen.blank++
      if (mark !== last) seen.drawings++
      last = mark
    }
    requestAnimationFrame(look)
  }
  look()
}`)

/** What \`watchFrames\` has counted. */
export interface Frames {
  frames: number
  blank: number
  drawings: number
}

export const seenFrames = inBrowser<() => Frames>("() => window.seenFrames")

/** (element) → where what it shows ends at the right. */
export const rightEdge = inBrowser<(element: unknown) => number>(`(element) => {
  let right = 0
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const drawn = node instanceof Text ? node.data.trim() !== "" : /^(CANVAS|IMG|TABLE|svg|PROGRESS)$/.test(node.nodeName)
    if (!drawn || node.parentElement?.closest(".vega-actions, .jp-OutputPrompt")) continue
    const range = document.createRange()
    range.selectNode(node)
    right = Math.max(right, range.getBoundingClientRect().right)
  }
  return right
}`)

/** (part) → scrolls the notebook, in whichever element that is, down by so many of its heights; whether its end shows. */
export const scrollNotebook = inBrowser<(part: number) => boolean>(`(part) => {
  const hidden = (element) => element.scrollHeight - element.clientHeight
  const scroller = [...document.querySelectorAll(".jp-Notebook, .jp-Notebook *, :has(> .jp-Notebook)")]
    .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY))
    .reduce((most, element) => (hidden(element) > hidden(most) ? element : most))
  scroller.scrollTop = part * scroller.clientHeight
  return scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1
}`)

/** (images) → the width in pixels and the beginning of the address of each. */
export const imageFacts = inBrowser<(images: unknown[]) => { width: number; source: string }[]>(
  "(images) => images.map((image) => ({ width: image.naturalWidth, source: image.src.slice(0, 22) }))",
)
