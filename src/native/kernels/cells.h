// Texts of separated values: the numbers in their cells, and columns of numbers put side by side.
#pragma once

#include "core.h"
#include "decimal.h"
#include "vector.h"

namespace {

using namespace cellgrad;

constexpr int64_t bytesAtOnce = 24;  // that readShortNumber may look at

/// A text of separated values that ends with a line break.
struct CellText {
  const uint8_t* bytes;
  int64_t start, end;
  uint8_t separator, point;

  INLINE_MEMBER bool isBlank(uint8_t byte) const { return byte == ' ' && separator != ' '; }
  INLINE_MEMBER bool endsCell(uint8_t byte) const { return byte == separator || byte == '\n'; }

  /// Where the cell that starts at `at` ends; -1 if a quote is opened and never closed.
  INLINE_MEMBER int64_t endOfCell(int64_t at) const {
    if (bytes[at] == '"') {
      for (at++;; at++) {
        if (at >= end) return -1;
        if (bytes[at] != '"') continue;
        if (at + 1 >= end || bytes[at + 1] != '"') break;
        at++;
      }
      at++;
    }
    while (!endsCell(bytes[at])) at++;
    return at;
  }

  /// Reads a number of at most seven digits on each side of the point, as nearly all are, and moves to the cell's end; false,
  /// without moving, if the cell is anything else.
  INLINE_MEMBER bool readShortNumber(int64_t& at, double& out) const {
    const uint8_t* byte = bytes + at;
    const bool negative = *byte == '-';
    byte += negative ? 1 : 0;
    uint64_t digits, fraction;
    const int whole = readDigits(byte, digits);
    if (whole == 0 || whole == 8) return false;
    byte += whole;
    double value = static_cast<double>(static_cast<int64_t>(digits));
    if (*byte == point) {
      const int count = readDigits(++byte, fraction);
      if (count == 0 || count == 8) return false;
      byte += count;
      // Both exact, so rounded once.
      value = static_cast<double>(static_cast<int64_t>(digits * integerPowers[count] + fraction)) / powersOfTen[count];
    }
    if (!endsCell(*byte)) return false;
    // No branch on the sign, which nobody can predict.
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= static_cast<uint64_t>(negative) << 63;
    memcpy(&out, &bits, sizeof out);
    at = byte - bytes;
    return true;
  }

  /// Reads the decimal number that the cell at `at` consists of and moves to the cell's end; false, without moving, if it
  /// is no number, or one that needs more care.
  INLINE_MEMBER bool readNumber(int64_t& at, double& out) const {
    return (at + bytesAtOnce <= end && readShortNumber(at, out)) || readLongNumber(at, out);
  }

 private:
  __attribute__((noinline)) bool readLongNumber(int64_t& at, double& out) const {
    const uint8_t* byte = bytes + at;
    while (isBlank(*byte)) byte++;
    const bool negative = *byte == '-';
    if (negative || *byte == '+') byte++;
    const uint8_t* const first = byte;
    uint64_t digits = 0;
    for (; static_cast<uint8_t>(*byte - '0') < 10; byte++) digits = digits * 10 + (*byte - '0');
    int64_t count = byte - first, scale = 0;
    if (*byte == point) {
      const uint8_t* const fraction = ++byte;
      for (; static_cast<uint8_t>(*byte - '0') < 10; byte++) digits = digits * 10 + (*byte - '0');
      scale = byte - fraction;
      count += scale;
    }
    if (count == 0) return false;
    if (count > mostDigits) {
      for (const uint8_t* zero = first; *zero == '0' || *zero == point; zero++) count -= *zero == '0' ? 1 : 0;
      if (count > mostDigits) return false;
    }
    if (*byte == 'e' || *byte == 'E') {
      byte++;
      const bool down = *byte == '-';
      if (down || *byte == '+') byte++;
      if (static_cast<uint8_t>(*byte - '0') >= 10) return false;
      int64_t exponent = 0;
      for (; static_cast<uint8_t>(*byte - '0') < 10 && exponent < 1000; byte++) exponent = exponent * 10 + (*byte - '0');
      scale += down ? exponent : -exponent;
    }
    while (isBlank(*byte) || *byte == '\r') byte++;
    if (!endsCell(*byte)) return false;
    double size;
    if (!scaleDigits(digits, scale, size)) return false;
    out = negative ? -size : size;
    at = byte - bytes;
    return true;
  }
};

/// Where the cells of a text without quotes end, one after the other: found for 64 bytes at once, so that cells are read
/// without waiting for the one before.
class CellEnds {
 public:
  CellEnds(const CellText& text, int64_t at)
      : text(text), separators(text.separator * everyByte), base(at), found(endsIn(at)) {}

  INLINE_MEMBER int64_t next() {
    while (found == 0) found = endsIn(base += 64);
    const int64_t at = base + __builtin_ctzll(found);
    found &= found - 1;
    return at;
  }

  /// Goes on from another place.
  void seek(int64_t at) {
    base = at;
    found = endsIn(at);
  }

 private:
  static constexpr uint64_t everyByte = 0x0101010101010101ull;
  static constexpr uint64_t lineBreaks = '\n' * everyByte;

  /// The upper bit of each byte that is 0.
  INLINE_MEMBER static uint64_t zeros(uint64_t word) {
    constexpr uint64_t lower = 0x7full * everyByte;
    return ~(((word & lower) + lower) | word | lower);
  }

  /// A bit for each of the 64 bytes from `at` on that ends a cell.
  INLINE_MEMBER uint64_t endsIn(int64_t at) const {
    uint64_t ends = 0;
    if (at + 64 > text.end) {
      for (int i = 0; at + i < text.end; i++) ends |= static_cast<uint64_t>(text.endsCell(text.bytes[at + i])) << i;
      return ends;
    }
    for (int i = 0; i < 8; i++) {
      uint64_t word;
      memcpy(&word, text.bytes + at + 8 * i, sizeof word);
      const uint64_t upper = zeros(word ^ separators) | zeros(word ^ lineBreaks);
      // The eight upper bits side by side.
      ends |= ((upper >> 7) * 0x0102040810204080ull >> 56) << (8 * i);
    }
    return ends;
  }

  const CellText& text;
  const uint64_t separators;
  int64_t base;
  uint64_t found;
};

/// The text is read in parts at once; a part has the lines that start in it.
struct CellParts {
  CellText text;
  int64_t count;

  int64_t begin(int64_t part) const { return text.start + (text.end - text.start) / count * part; }
  int64_t finish(int64_t part) const { return part + 1 == count ? text.end : begin(part + 1); }
};

CellParts cellParts(const Descriptor& call) {
  const int32_t* i = call.ints;
  const double* n = call.numbers;
  return {{call.elements<uint8_t>(0), static_cast<int64_t>(n[1]), static_cast<int64_t>(n[2]), static_cast<uint8_t>(i[2]),
           static_cast<uint8_t>(i[3])},
          i[1]};
}

struct LineCount {
  CellParts parts;
  double* counts;
};

void countLinesTask(void* job, long part, float*) {
  const LineCount& all = *static_cast<LineCount*>(job);
  const uint8_t* const bytes = all.parts.text.bytes;
  int64_t lines = part == 0 ? 1 : 0, quotes = 0;
  // A line starts behind each line break, so the range of line breaks stands one byte before that of lines.
  const int64_t begin = all.parts.begin(part) - (part == 0 ? 0 : 1), end = all.parts.finish(part) - 1;
  for (int64_t at = begin; at < end;) {
    const int64_t stretch = end - at < 255 ? end - at : 255;
    uint8_t breaks = 0, marks = 0;  // bytes, so that many are counted at once
    for (int64_t i = 0; i < stretch; i++) {
      breaks = static_cast<uint8_t>(breaks + (bytes[at + i] == '\n' ? 1 : 0));
      marks = static_cast<uint8_t>(marks + (bytes[at + i] == '"' ? 1 : 0));
    }
    lines += breaks;
    quotes += marks;
    at += stretch;
  }
  all.counts[2 * part] = static_cast<double>(lines);
  all.counts[2 * part + 1] = static_cast<double>(quotes);
}

/// numbers: text, start, end, counts. ints: parts. Writes how many lines start in each part, and how many quotes it has.
void callCountLines(const Descriptor& call) {
  LineCount all = {cellParts(call), call.elements<double>(3)};
  runTasks(static_cast<long>(all.parts.count), countLinesTask, &all);
}

/// What becomes of a column; also in src/native/native-cells.ts.
enum CellUse : int32_t { number, place, skip };

struct CellScan {
  CellParts parts;
  int32_t columns;
  const int32_t* uses;
  const double* out;       // the address of each column's numbers
  const double* firstRow;  // of each part
  bool quoted;             // whether the text has quotes
  double* found;           // for each part: rows, the broken record or -1, then the cells of each column that are no number
};

void readCellsTask(void* job, long part, float*) {
  const CellScan& scan = *static_cast<CellScan*>(job);
  const CellText& text = scan.parts.text;
  const uint8_t* const bytes = text.bytes;
  double* const found = scan.found + part * (2 + scan.columns);
  for (int32_t c = 0; c < scan.columns; c++) found[2 + c] = 0;
  int64_t row = static_cast<int64_t>(scan.firstRow[part]), at = scan.parts.begin(part), broken = -1;
  const int64_t finish = scan.parts.finish(part);
  if (part > 0) {
    while (at < finish && bytes[at - 1] != '\n') at++;
  }
  CellEnds ends(text, scan.quoted ? text.end : at);
  while (at < finish && broken < 0) {
    if (bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == ' ') {
      int64_t blank = at;
      while (bytes[blank] == ' ' || bytes[blank] == '\r') blank++;
      if (bytes[blank] == '\n') {
        at = blank + 1;
        if (!scan.quoted) ends.seek(at);
        continue;
      }
    }
    const int64_t record = at;
    for (int32_t c = 0; c < scan.columns; c++) {
      double* const column = reinterpret_cast<double*>(static_cast<uintptr_t>(scan.out[c]));
      int64_t after = at;
      const bool isNumber = scan.uses[c] == CellUse::number && text.readNumber(after, column[row]);
      if (!isNumber && scan.uses[c] == CellUse::number) {
        const uint64_t bits = 0x7ff8000000000000ull | static_cast<uint64_t>(at);
        memcpy(column + row, &bits, sizeof bits);
        found[2 + c]++;
      } else if (scan.uses[c] == CellUse::place) column[row] = static_cast<double>(at);
      at = !scan.quoted ? ends.next() : isNumber ? after : text.endOfCell(at);
      if (at < 0 || (bytes[at] == text.separator) == (c + 1 == scan.columns)) {
        broken = record;
        break;
      }
      at++;
    }
    if (broken < 0) row++;
  }
  found[0] = static_cast<double>(row) - scan.firstRow[part];
  found[1] = static_cast<double>(broken);
}

/// numbers: text, start, end, uses, addresses of the columns, first row of each part, found. ints: parts, separator, decimal
/// sign, columns, whether there are quotes.
void callReadCells(const Descriptor& call) {
  CellScan scan = {cellParts(call),          call.ints[4],             call.elements<int32_t>(3),
                   call.elements<double>(4), call.elements<double>(5), call.ints[5] != 0,         call.elements<double>(6)};
  runTasks(static_cast<long>(scan.parts.count), readCellsTask, &scan);
}

struct ColumnsToRows {
  float* out;
  const double* columns;  // their addresses
  int64_t rows, count;
  double* missing;  // whether one of the numbers was NaN, for each task
};

constexpr int64_t rowsOfTask = 8192;
constexpr int64_t rowsAtOnce = 256;

void columnsToRowsTask(void* job, long task, float*) {
  const ColumnsToRows& all = *static_cast<ColumnsToRows*>(job);
  const int64_t begin = task * rowsOfTask, end = begin + rowsOfTask < all.rows ? begin + rowsOfTask : all.rows;
  bool missing = false;
  // In stretches, so that the lines of memory that columns share are still at hand for the next one.
  for (int64_t start = begin; start < end; start += rowsAtOnce) {
    const int64_t stop = start + rowsAtOnce < end ? start + rowsAtOnce : end;
    for (int64_t c = 0; c < all.count; c++) {
      const double* const column = reinterpret_cast<const double*>(static_cast<uintptr_t>(all.columns[c]));
      for (int64_t row = start; row < stop; row++) {
        missing |= column[row] != column[row];
        all.out[row * all.count + c] = static_cast<float>(column[row]);
      }
    }
  }
  all.missing[task] = missing ? 1 : 0;
}

/// numbers: out, addresses of the columns, rows, columns, missing.
void callColumnsToRows(const Descriptor& call) {
  const double* n = call.numbers;
  ColumnsToRows all = {call.floats(0), call.elements<double>(1), static_cast<int64_t>(n[2]), static_cast<int64_t>(n[3]),
                       call.elements<double>(4)};
  runTasks(static_cast<long>((all.rows + rowsOfTask - 1) / rowsOfTask), columnsToRowsTask, &all);
}

}  // namespace
