/** Logistic regression on counts whose solution is known. */

import { expect, it } from "vitest";
import { logisticRegression } from "../../tools/thresholds/logisticRegression.ts";

it("finds the odds of counts", () => {
  const observations = [0, 1].flatMap((x) =>
    Array.from({ length: 4000 }, (_, i) => ({
      figures: [x],
      isPositive: i % 4 < (x === 0 ? 1 : 3), // odds of 1 to 3, and of 3 to 1
      weight: 1,
    })),
  );
  const { weights, bias } = logisticRegression(observations);
  expect(bias).toBeCloseTo(Math.log(1 / 3), 2);
  expect(weights[0]).toBeCloseTo(Math.log(9), 2);
});

it("counts an observation by its weight", () => {
  const at = (isPositive: boolean, weight: number) => ({ figures: [0], isPositive, weight });
  expect(logisticRegression([at(true, 3), at(false, 1)]).bias).toBeCloseTo(Math.log(3), 6);
});
