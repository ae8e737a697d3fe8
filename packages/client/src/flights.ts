/**
 * Frames that were sent and not answered yet. Answers come in order, so one for a frame says that the older ones were dropped.
 * Times are ms of one steady clock.
 */

export interface Flight {
  readonly id: number;
  readonly sentAt: number;
  readonly frame: Uint8Array;
}

export interface Flights {
  hasRoom(): boolean;
  send(flight: Flight): void;
  /** undefined: it was taken for dropped before. `dropped`: the older ones. */
  answer(id: number): { readonly flight: Flight | undefined; readonly dropped: number };
  /** They hold no room any more, but may still be answered. */
  doubt(): void;
  /** Those sent before this time are dropped; answers how many. */
  expire(before: number): number;
  readonly count: number;
}

export function createFlights(limit: number): Flights {
  let certain: readonly Flight[] = [];
  let doubtful: readonly Flight[] = [];
  return {
    hasRoom: () => certain.length < limit,
    send(flight) {
      certain = [...certain, flight];
    },
    answer(id) {
      const all = [...doubtful, ...certain];
      const older = all.filter((flight) => flight.id < id).length;
      [doubtful, certain] = [doubtful.filter((flight) => flight.id > id), certain.filter((flight) => flight.id > id)];
      return { flight: all.find((flight) => flight.id === id), dropped: older };
    },
    doubt() {
      [doubtful, certain] = [[...doubtful, ...certain], []];
    },
    expire(before) {
      const { count } = this;
      [doubtful, certain] = [doubtful.filter(({ sentAt }) => sentAt >= before), certain.filter(({ sentAt }) => sentAt >= before)];
      return count - this.count;
    },
    get count() {
      return doubtful.length + certain.length;
    },
  };
}
