import { expect, test } from 'vitest';
import { createFlights } from './flights.ts';

const flight = (id: number, sentAt = id) => ({ id, sentAt, frame: new Uint8Array() });

test('an answer frees its place and tells which older frames were dropped', () => {
  const flights = createFlights(3);
  for (const id of [1, 2, 3]) flights.send(flight(id));
  expect(flights.hasRoom()).toBe(false);
  expect(flights.answer(2)).toEqual({ flight: flight(2), dropped: 1 });
  expect([flights.hasRoom(), flights.count]).toEqual([true, 1]);
});

test('frames in doubt hold no place, and count once whether they are answered or not', () => {
  const flights = createFlights(2);
  for (const id of [1, 2]) flights.send(flight(id));
  flights.doubt();
  expect(flights.hasRoom()).toBe(true);
  flights.send(flight(3));
  expect(flights.answer(2)).toEqual({ flight: flight(2), dropped: 1 });
  expect(flights.answer(3)).toEqual({ flight: flight(3), dropped: 0 });
  expect(flights.count).toBe(0);
});

test('what is not answered in time is dropped; an answer that comes later is none', () => {
  const flights = createFlights(2);
  for (const id of [1, 2]) flights.send(flight(id, id * 100));
  expect(flights.expire(150)).toBe(1);
  expect(flights.answer(1)).toEqual({ flight: undefined, dropped: 0 });
  expect(flights.expire(Number.POSITIVE_INFINITY)).toBe(1);
});
