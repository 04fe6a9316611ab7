/** Logistic regression by Newton's method (iteratively reweighted least squares). */

/** One observation. */
export interface Observation {
  readonly figures: readonly number[];
  readonly isPositive: boolean;
  readonly weight: number;
}

/** What score = bias + Σ weights · figures needs; the probability is 1 / (1 + exp(−score)). */
export interface Regression {
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Of the squared weights, bias left out, so that sets that can be told apart wholly have finite ones. */
const RIDGE = 1 / 3;
const ITERATIONS = 50;

export function logisticRegression(observations: readonly Observation[]): Regression {
  const size = observations[0]!.figures.length + 1;
  const beta = new Float64Array(size); // the bias is last
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gradient = new Float64Array(size);
    const hessian = Array.from({ length: size }, () => new Float64Array(size));
    for (const { figures, isPositive, weight } of observations) {
      const x = [...figures, 1];
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + beta[i]! * value, 0)));
      for (let i = 0; i < size; i++) {
        gradient[i]! += weight * ((isPositive ? 1 : 0) - p) * x[i]!;
        for (let j = 0; j < size; j++) hessian[i]![j]! += weight * p * (1 - p) * x[i]! * x[j]!;
      }
    }
    for (let i = 0; i < size - 1; i++) {
      gradient[i]! -= RIDGE * beta[i]!;
      hessian[i]![i]! += RIDGE;
    }
    solve(hessian, gradient).forEach((step, i) => {
      beta[i]! += step;
    });
  }
  return { weights: [...beta.subarray(0, -1)], bias: beta[size - 1]! };
}

/** Gaussian elimination; the matrix is positive definite, so no pivot is looked for. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j < n; j++) matrix[i]![j]! -= factor * matrix[k]![j]!;
      right[i]! -= factor * right[k]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) right[k]! -= matrix[k]![j]! * right[j]!;
    right[k]! /= matrix[k]![k]!;
  }
  return right;
}
