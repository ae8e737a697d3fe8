/** The cheapest pairing of rows and columns (Kuhn 1955, Munkres 1957), in the form with potentials: O(n²m). */

/**
 * `costs[row][column]`; a pair whose cost is above `limit` is never made. Answers the column of each row, -1 for none.
 */
export function assign(costs: readonly (readonly number[])[], limit: number): readonly number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  // A column of its own at the limit for every row: staying alone costs that much, so no forbidden pair is worth it.
  const cost = (row: number, column: number): number => {
    const value = column < columns ? (costs[row]?.[column] ?? Number.POSITIVE_INFINITY) : limit;
    return value > limit ? limit * (rows + 1) + 1 : value;
  };
  const chosen = solve(rows, columns + rows, cost);
  return chosen.map((column, row) => (column < columns && cost(row, column) <= limit ? column : -1));
}

/** `rows` ≤ `columns`. Rows and columns count from 1 inside; 0 stands for none. */
function solve(rows: number, columns: number, cost: (row: number, column: number) => number): number[] {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const from = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    let column = 0;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const isUsed = new Uint8Array(columns + 1);
    do {
      isUsed[column] = 1;
      const current = at(rowOf, column);
      let [delta, next] = [Number.POSITIVE_INFINITY, 0];
      for (let other = 1; other <= columns; other++) {
        if (isUsed[other]) continue;
        const reduced = cost(current - 1, other - 1) - at(rowPotential, current) - at(columnPotential, other);
        if (reduced < at(slack, other)) {
          slack[other] = reduced;
          from[other] = column;
        }
        if (at(slack, other) < delta) [delta, next] = [at(slack, other), other];
      }
      for (let other = 0; other <= columns; other++) {
        if (isUsed[other]) {
          rowPotential[at(rowOf, other)] = at(rowPotential, at(rowOf, other)) + delta;
          columnPotential[other] = at(columnPotential, other) - delta;
        } else slack[other] = at(slack, other) - delta;
      }
      column = next;
    } while (at(rowOf, column) !== 0);
    while (column !== 0) {
      const before = at(from, column);
      rowOf[column] = at(rowOf, before);
      column = before;
    }
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) if (at(rowOf, column) > 0) columnOf[at(rowOf, column) - 1] = column - 1;
  return columnOf;
}

function at(list: Float64Array | Int32Array, index: number): number {
  return list[index] ?? 0;
}
