/**
 * Multiplications and additions of a network on a picture: two for each multiply-add of its convolutions
 * and of MDTA's two products, counted as PyTorch's layers do them. Elementwise operations are left out.
 */

import type { Attention } from "../src/graph/parameters.ts";
import { roundUp } from "../src/layers/PadToMultiple.ts";
import { type NAFNetConfig, paddingMultiple } from "../src/models/nafnet/parameters.ts";

export function flopsOf(config: NAFNetConfig, width: number, height: number): number {
  const { imgChannel, encBlkNums, middleBlkNum, decBlkNums, attention } = config;
  const multiple = paddingMultiple(config);
  let pixels = roundUp(width, multiple) * roundUp(height, multiple);
  let c = config.width;
  let multiplyAdds = 2 * pixels * 9 * imgChannel * c; // intro and ending
  for (const count of encBlkNums) {
    multiplyAdds += count * blockMultiplyAdds(c, pixels, attention);
    pixels /= 4;
    multiplyAdds += pixels * 4 * c * (2 * c);
    c *= 2;
  }
  multiplyAdds += middleBlkNum * blockMultiplyAdds(c, pixels, attention);
  for (const count of decBlkNums) {
    multiplyAdds += pixels * c * (2 * c);
    pixels *= 4;
    c /= 2;
    multiplyAdds += count * blockMultiplyAdds(c, pixels, attention);
  }
  return 2 * multiplyAdds;
}

function blockMultiplyAdds(c: number, pixels: number, attention: Attention): number {
  const convolutions = 2 * c * c + 9 * 2 * c + c * c + 2 * c * c + c * c; // conv1 to conv5
  if (attention.kind === "sca") return pixels * convolutions + c * c;
  const scores = c * (c / attention.heads);
  return pixels * (convolutions + 3 * c * c + 9 * 3 * c + 2 * scores + c * c);
}
