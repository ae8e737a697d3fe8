import { describe, expect, it } from 'vitest';
import { Ledger, maxOpen } from './ledger.ts';

const start = (offset = 100n, metadata = ''): Ledger => new Ledger({ offset, metadata });

describe('ledger of a partition', () => {
  it('commits the first message that is not done, and nothing more when all are', () => {
    const ledger = start();
    for (const offset of [100n, 101n, 104n]) expect(ledger.arrive(offset)).toBe(true);
    ledger.done(100n);
    expect(ledger.toCommit().offset).toBe(101n);
    ledger.done(101n);
    ledger.done(104n);
    expect(ledger.toCommit()).toEqual({ offset: 105n, metadata: '' });
  });

  it('tells the next owner what is done behind a slow message, and how often the rest was handed out', () => {
    const ledger = start();
    for (let offset = 100n; offset < 110n; offset += 1n) ledger.arrive(offset);
    for (const offset of [101n, 102n, 105n, 109n]) ledger.done(offset);
    ledger.setDeliveries(100n, 2);
    ledger.setDeliveries(108n, 1);
    const next = start(ledger.toCommit().offset, ledger.toCommit().metadata);
    const open = Array.from({ length: 12 }, (_, index) => 100n + BigInt(index)).filter((offset) => next.arrive(offset));
    expect(open).toEqual([100n, 103n, 104n, 106n, 107n, 108n, 110n, 111n]);
    expect([100n, 103n, 108n, 111n].map((offset) => next.deliveries(offset))).toEqual([2, 0, 1, 0]);
  });

  it('passes on what it inherited and has not read yet', () => {
    const first = start();
    for (let offset = 100n; offset < 120n; offset += 1n) first.arrive(offset);
    for (let offset = 101n; offset < 119n; offset += 1n) first.done(offset);
    first.setDeliveries(119n, 4);
    const second = start(first.toCommit().offset, first.toCommit().metadata);
    second.arrive(100n);
    second.done(100n);
    const third = start(second.toCommit().offset, second.toCommit().metadata);
    const open = Array.from({ length: 20 }, (_, index) => 101n + BigInt(index)).filter((offset) => third.arrive(offset));
    expect(open).toEqual([119n, 120n]);
    expect(third.deliveries(119n)).toBe(4);
  });

  it('fits what a broker takes, however far the messages lie apart', () => {
    const ledger = start();
    for (let index = 0; index < maxOpen; index += 1) ledger.arrive(100n + BigInt(index) * 100_000n);
    const inheriting = start(ledger.toCommit().offset, ledger.toCommit().metadata);
    for (let index = 0; index < maxOpen; index += 1) inheriting.arrive(90n + BigInt(index));
    expect(inheriting.toCommit().metadata.length).toBeLessThan(4_096);
  });

  it('takes what another program wrote for nothing', () => {
    const ledger = start(7n, 'set by hand');
    expect([ledger.arrive(6n), ledger.arrive(7n), ledger.deliveries(7n)]).toEqual([false, true, 0]);
  });
});
