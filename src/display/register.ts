import { Table } from "../data/table.js"
import { Module } from "../nn/module.js"
import { Tensor } from "../tensor/tensor.js"
import "./draw-spec.js"
import { jupyterDisplay, type MimeBundle } from "./host.js"
import { moduleTable } from "./module-table.js"
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
