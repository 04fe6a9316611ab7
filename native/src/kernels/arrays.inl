// Arrays of float32: a sum of two, and a vector times a matrix.

inline void add(const float* input, float* output, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(output + i, load(output + i) + load(input + i));
  for (; i < count; i++) output[i] += input[i];
}

inline void vector_matrix(const float* vector, const float* matrix, int rows, int columns, float* output) {
  for (int i = 0; i < columns; i += kLanes) {
    Vec sum{};
    for (int j = 0; j < rows; j++)
      sum = fma(broadcast(vector[j]), load(matrix + static_cast<int64_t>(j) * columns + i), sum);
    store(output + i, sum);
  }
}
