/**
 * The colors of series, in the order of use. Each has a contrast of at least 3 : 1 on white and on a dark page, and the
 * first four stay apart for eyes without red or green receptors as well.
 */
export const palette = [
  "#3D7ABF", // blue
  "#E8730C", // orange
  "#1F9E89", // green
  "#A94B32", // brick
  "#8E6BBF", // violet
  "#B8860B", // ochre
  "#CC5279", // rose
  "#7A828E", // grey
] as const

/** The color of class number `i`: those of the palette, then lighter ones of them. */
export function classColor(i: number): string {
  const color = palette[i % palette.length] ?? palette[0]
  if (i < palette.length) return color
  const light = [1, 3, 5].map((at) => Math.round((Number.parseInt(color.slice(at, at + 2), 16) + 255) / 2))
  return `#${light.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`
}

/** The colors of text, axes and marks that are not data. */
export const ink = {
  text: "#1f2933",
  quiet: "#6b7785",
  axis: "#c3cad3",
  grid: "#e6e9ee",
  paper: "#ffffff",
  alarm: "#D1373F",
} as const

/** Steps of the sequential scale, light to dark: one hue, so that it also reads in grey. */
export const sequential = ["#f4f7fa", "#d6e4f0", "#a6c5e2", "#6c9fcf", "#3D7ABF", "#21508c", "#0b2652"] as const

/** Steps of the diverging scale: blue below zero, white at zero, red above. */
export const diverging = ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"] as const

const fontStack = 'Inter, "Helvetica Neue", Helvetica, Arial, sans-serif'

/**
 * The Vega-Lite configuration of every chart: quiet axes, text at the left, one font. The paper is white in dark mode
 * too, because the picture in a saved notebook is the same one whatever the reader's theme.
 */
export const chartConfig = {
  font: fontStack,
  background: ink.paper,
  padding: 12,
  view: { stroke: null, continuousWidth: 420, continuousHeight: 240 },
  title: {
    anchor: "start",
    frame: "bounds",
    fontSize: 14,
    fontWeight: 600,
    color: ink.text,
    subtitleColor: ink.quiet,
    subtitleFontSize: 11,
    subtitlePadding: 5,
    offset: 12,
  },
  axis: {
    labelColor: ink.quiet,
    titleColor: ink.quiet,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 400,
    titlePadding: 8,
    gridColor: ink.grid,
    domain: false,
    ticks: false,
    labelPadding: 6,
    tickCount: 6,
  },
  axisX: {
    grid: false,
    domain: true,
    domainColor: ink.axis,
    ticks: true,
    tickColor: ink.axis,
    tickSize: 4,
    labelPadding: 3,
  },
  legend: {
    labelColor: ink.text,
    titleColor: ink.quiet,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 400,
    rowPadding: 4,
  },
  header: { labelColor: ink.text, labelFontSize: 11, labelFontWeight: 600, labelPadding: 6, title: null },
  range: {
    category: [...palette],
    heatmap: [...sequential],
    ramp: [...sequential],
    diverging: [...diverging],
  },
  line: { strokeWidth: 2, strokeJoin: "round", strokeCap: "round" },
  point: { size: 28, filled: true },
  bar: { color: palette[0] },
  rect: { color: palette[0] },
} as const
