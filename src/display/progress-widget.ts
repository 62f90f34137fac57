import { Comm } from "./comm.js"
import { currentHost, type MimeBundle } from "./host.js"

/** What a bar shows: HTML at its left and right, and how far it is. */
export interface BarState {
  left: string
  right: string
  /** From 0 to 1. */
  share: number
  style: "" | "success" | "danger"
}

type State = Record<string, unknown>

const base = ["@jupyter-widgets/base", "2.0.0"] as const
const controls = ["@jupyter-widgets/controls", "2.0.0"] as const

/** A progress bar of ipywidgets, as `HBox([HTML, FloatProgress, HTML])` makes it in Python. */
export class ProgressWidget {
  /** What shows the widget where its front end is installed. */
  readonly bundle: MimeBundle
  readonly #left: Widget
  readonly #bar: Widget
  readonly #right: Widget

  /** True when the notebook has comms, by which widgets talk; whether ipywidgets is installed nobody can ask. */
  static get possible(): boolean {
    return currentHost()?.comms !== undefined
  }

  constructor({ left, right, share, style }: BarState) {
    const layout = new Widget("Layout", "Layout", [base, base], {})
    const text = new Widget("HTMLStyle", "Style", [controls, base], {})
    const html = { layout: layout.reference, style: text.reference }
    this.#left = new Widget("HTML", "HTML", [controls, controls], { ...html, value: left })
    this.#bar = new Widget("FloatProgress", "Progress", [controls, controls], {
      value: share,
      min: 0,
      max: 1,
      bar_style: style,
      layout: new Widget("Layout", "Layout", [base, base], { width: "240px" }).reference,
      style: new Widget("ProgressStyle", "Style", [controls, base], { bar_color: null }).reference,
    })
    this.#right = new Widget("HTML", "HTML", [controls, controls], { ...html, value: right })
    const box = new Widget("HBox", "HBox", [controls, controls], {
      layout: layout.reference,
      children: [this.#left.reference, this.#bar.reference, this.#right.reference],
    })
    this.bundle = {
      "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: box.id },
    }
  }

  update({ left, right, share, style }: BarState): void {
    this.#left.set({ value: left })
    this.#bar.set({ value: share, bar_style: style })
    this.#right.set({ value: right })
  }
}

/** A model of a widget on both sides of a comm. */
class Widget {
  readonly #comm: Comm
  readonly #state: State

  constructor(
    model: string,
    view: string,
    [[modelModule, modelVersion], [viewModule, viewVersion]]: readonly [
      typeof base | typeof controls,
      typeof base | typeof controls,
    ],
    state: State,
  ) {
    this.#state = {
      _model_module: modelModule,
      _model_module_version: modelVersion,
      _model_name: `${model}Model`,
      _view_module: viewModule,
      _view_module_version: viewVersion,
      _view_name: `${view}View`,
      ...state,
    }
    this.#comm = new Comm(
      "jupyter.widget",
      { state: this.#state, buffer_paths: [] },
      { metadata: { version: "2.1.0" } },
    )
    // A page that was loaded anew asks for what it has missed.
    this.#comm.onMsg(({ data }) => {
      if (data.method === "request_state") this.#send(this.#state)
    })
  }

  get id(): string {
    return this.#comm.commId
  }

  /** How another widget's state names this one. */
  get reference(): string {
    return `IPY_MODEL_${this.id}`
  }

  /** Changes the state; only what differs is sent. */
  set(changes: State): void {
    const news = Object.fromEntries(Object.entries(changes).filter(([key, value]) => this.#state[key] !== value))
    if (Object.keys(news).length === 0) return
    Object.assign(this.#state, news)
    this.#send(news)
  }

  #send(state: State): void {
    this.#comm.send({ method: "update", state, buffer_paths: [] })
  }
}
