import { DataLoader } from "../data/data-loader.js"
import { Table } from "../data/table.js"
import { Module } from "../nn/module.js"
import { Optimizer } from "../optim/optimizer.js"
import { CellgradError } from "../tensor/errors.js"
import { Tensor } from "../tensor/tensor.js"
import "./draw-spec.js"
import { errorCard } from "./error-card.js"
import { jupyterDisplay, type MimeBundle } from "./host.js"
import { loaderCard } from "./loader-card.js"
import { moduleTable } from "./module-table.js"
import { optimizerCard } from "./optimizer-card.js"
import { tableView } from "./table-view.js"
import { tensorCard } from "./tensor-card.js"

/**
 * Gives the runtime's classes their look in a notebook. It is done from here, because the classes stand to the left and know
 * nothing of HTML.
 */
function show<T extends object>(type: { readonly prototype: T }, look: (value: T) => MimeBundle): void {
  Object.defineProperty(type.prototype, jupyterDisplay, {
    configurable: true,
    writable: true,
    value(this: T): MimeBundle {
      return look(this)
    },
  })
}

show(Tensor, tensorCard)
show<Table>(Table, tableView)
show<Module>(Module, moduleTable)
show<Optimizer>(Optimizer, optimizerCard)
show<DataLoader<unknown, unknown>>(DataLoader, loaderCard)
show<CellgradError>(CellgradError, errorCard)
