/** Circles in a graph of imports. */

interface Node {
  readonly path: string;
  readonly imports: readonly { readonly target: string }[];
}

/** Returns one shortest way around for each knot of nodes that reach each other, smallest name first. */
export function findCircles(nodes: readonly Node[]): readonly (readonly string[])[] {
  const arrows = new Map(nodes.map(({ path, imports }) => [path, [...new Set(imports.map(({ target }) => target))]]));
  const known = (path: string) => (arrows.get(path) ?? []).filter((target) => arrows.has(target));
  return knots([...arrows.keys()], known).map((knot) => {
    const inside = new Set(knot);
    const start = knot.toSorted()[0] ?? '';
    return wayAround(start, (path) => known(path).filter((target) => inside.has(target)));
  });
}

/** Breadth first from the start until it is met again. */
function wayAround(start: string, next: (path: string) => readonly string[]): readonly string[] {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    for (const target of next(path)) {
      if (target === start) return [...wayBack(path, start, cameFrom), start];
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, path);
      waiting.push(target);
    }
  }
  return [start];
}

function wayBack(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let path = end; path !== start; ) {
    path = cameFrom.get(path) ?? start;
    way.unshift(path);
  }
  return way;
}

/** Tarjan's strongly connected components of more than one node, or of one that names itself. */
function knots(paths: readonly string[], next: (path: string) => readonly string[]): readonly (readonly string[])[] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const visit = (path: string): number => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    onStack.add(path);
    for (const target of next(path)) {
      if (!index.has(target)) lower(path, visit(target));
      else if (onStack.has(target)) lower(path, index.get(target) ?? own);
    }
    if (low.get(path) === own) {
      const knot = stack.splice(stack.indexOf(path));
      for (const member of knot) onStack.delete(member);
      if (knot.length > 1 || next(path).includes(path)) found.push(knot);
    }
    return low.get(path) ?? own;
  };
  const lower = (path: string, to: number): void => {
    low.set(path, Math.min(low.get(path) ?? to, to));
  };
  for (const path of paths) if (!index.has(path)) visit(path);
  return found;
}
