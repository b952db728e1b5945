import { createDescriptorBudget, descriptorsToKeep } from './descriptorBudget.ts';

test.each([
  [1024, 512],
  [300, 44],
  [100, 0],
  [1_048_576, 8192],
  [undefined, 8192],
])('of %s files a process may open, %d are kept', (limit, kept) => {
  expect(descriptorsToKeep(limit)).toBe(kept);
});

test('no more is kept than allowed, and what was given back may be kept again', () => {
  const budget = createDescriptorBudget(2);
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  budget.giveBack();
  expect([budget.used(), budget.take(), budget.used()]).toEqual([1, true, 2]);
});

test('when the system gives no more, half as many are kept', () => {
  const budget = createDescriptorBudget(10);
  for (let index = 0; index < 4; index += 1) budget.take();
  budget.exhaust();
  expect([budget.take(), budget.wasExhausted(), budget.wasExhausted()]).toEqual([
    ...[false, true, false],
  ]);
  for (let index = 0; index < 4; index += 1) budget.giveBack();
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
});
