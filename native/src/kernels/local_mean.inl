// Means over windows: TLC (arXiv 2112.04491, section 3.3; reference: basicsr/models/archs/local_arch.py). Windows move
// by one pixel and never leave the picture; what is missing at the border is the nearest window's mean.

/** Starts of the windows along an axis. */
struct Windows {
  int size, count, before;

  Windows(int length, int window) {
    size = window < length ? window : length;
    count = length - size + 1;
    before = (length - count) / 2;
  }
  int start(int position) const {
    const int start = position - before;
    return start < 0 ? 0 : start >= count ? count - 1 : start;
  }
};

inline size_t local_mean_workspace(const LocalMean& m) {
  return static_cast<size_t>(m.width + 1) * m.channels * sizeof(double);
}

/**
 * Sums along the columns are carried from row to row, then along the row from pixel to pixel, both in double precision:
 * what is added is later subtracted, and what that leaves is 2^-53 of the sum.
 */
template <class Operand>
bool local_mean(const LocalMean& m, Workspace& workspace) {
  typedef typename Operand::T T;
  double* columns = reinterpret_cast<double*>(workspace.bytes);
  const Windows vertical(m.height, m.window_height), horizontal(m.width, m.window_width);
  const double scale = 1.0 / (static_cast<double>(vertical.size) * horizontal.size);
  std::memset(columns, 0, local_mean_workspace(m));
  const auto add_row = [&](int y, int slot, float sign) {
    const T* row = static_cast<const T*>(m.row(m.context, y, slot));
    if (row == nullptr) return false;
    for (int x = 0; x < m.width; x++) {
      const T* pixel = row + static_cast<int64_t>(x) * m.padded_channels + m.channel;
      double* sums = columns + static_cast<int64_t>(x) * m.channels;
      for (int c = 0; c < m.channels; c += kLanes) add_to(sums + c, sign * Operand::load(pixel + c));
    }
    return true;
  };
  int end = 0;
  for (; end < vertical.size; end++) {
    if (!add_row(end, 0, 1)) return false;
  }
  double* sums = columns + static_cast<int64_t>(m.width) * m.channels;
  for (int y = 0; y < m.height; y++) {
    if (vertical.start(y) + vertical.size > end) {
      if (!add_row(end, 0, 1) || !add_row(end - vertical.size, 1, -1)) return false;
      end++;
    }
    T* out = static_cast<T*>(m.begin_row(m.context, y)) + m.channel;
    const auto add_column = [&](int x, double sign) {
      const double* column = columns + static_cast<int64_t>(x) * m.channels;
      for (int c = 0; c < m.channels; c++) sums[c] += sign * column[c];
    };
    std::memset(sums, 0, m.channels * sizeof(double));
    int right = 0;
    for (; right < horizontal.size; right++) add_column(right, 1);
    for (int x = 0; x < m.width; x++) {
      if (horizontal.start(x) + horizontal.size > right) {
        add_column(right, 1);
        add_column(right - horizontal.size, -1);
        right++;
      }
      for (int c = 0; c < m.channels; c += kLanes) {
        const VecD mean = *reinterpret_cast<const VecD*>(sums + c) * scale;
        Operand::store(out + static_cast<int64_t>(x) * m.padded_channels + c, __builtin_convertvector(mean, Vec));
      }
    }
    if (!m.end_row(m.context, y)) return false;
  }
  return true;
}
