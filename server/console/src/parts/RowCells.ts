// The cells of one row, made anew when the row changes or a word in it, and not whenever another row comes.
import type { FunctionalComponent, VNode } from "vue";

type Row = { id: string };
type Cells = (given: { row: Row }) => VNode[];

export const RowCells: FunctionalComponent<{ row: Row; cells: Cells }> = ({ row, cells }) => cells({ row });
RowCells.props = ["row", "cells"];
