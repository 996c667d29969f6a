// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/flowsim/npy.h"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include "codegen/error.h"

namespace liteflow::sim {

namespace {

static_assert(std::endian::native == std::endian::little);

std::string read(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw Error(file + ": can't be read: give a .npy or .npz file");
  return bytes;
}

// Part of a file that must be there.
std::string_view part(const std::string &name, std::string_view bytes, std::size_t from, std::size_t size) {
  if (from > bytes.size() || size > bytes.size() - from)
    throw Error(fmt::format("{}: ends at byte {}, expected {} more after byte {}: it is cut", name, bytes.size(), size,
                            from));
  return bytes.substr(from, size);
}

template <typename T>
T number(const std::string &name, std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, part(name, bytes, at, sizeof value).data(), sizeof value);
  return value;
}

// What the header's dictionary holds behind a key.
std::string_view field(const std::string &name, std::string_view header, std::string_view key) {
  const std::size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos)
    throw Error(fmt::format("{}: no {} in its header: not of numpy's format", name, key));
  header.remove_prefix(at + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

std::vector<std::size_t> shape_of(const std::string &name, std::string_view header) {
  std::string_view text = field(name, header, "shape");
  const std::size_t end = text.find(')');
  if (!text.starts_with('(') || end == std::string_view::npos)
    throw Error(name + ": shape in its header: not of numpy's format");
  text = text.substr(1, end - 1);
  std::vector<std::size_t> shape;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
    if (text.empty()) return shape;
    std::size_t length = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc()) throw Error(name + ": shape in its header: not of numpy's format");
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    shape.push_back(length);
  }
}

template <typename T>
void take(const std::string &name, std::string_view bytes, std::size_t from, std::size_t count, NpyArray &array) {
  if (count > bytes.size()) part(name, bytes, from, count);  // before the product below can wrap
  const std::string_view data = part(name, bytes, from, count * sizeof(T));
  array.values.resize(count);
  for (std::size_t i = 0; i < count; i++) array.values[i] = static_cast<double>(number<T>(name, data, i * sizeof(T)));
}

NpyArray parse(const std::string &name, std::string_view bytes) {
  using namespace std::string_view_literals;
  if (part(name, bytes, 0, 6) != "\x93NUMPY"sv) throw Error(name + ": not a .npy file: save it by numpy.save()");
  const auto version = number<std::uint8_t>(name, bytes, 6);
  if (version < 1 || version > 3) throw Error(fmt::format("{}: version {}: 1 to 3 are read", name, version));
  const std::size_t start = version == 1 ? 10 : 12;
  const std::size_t length =
      version == 1 ? number<std::uint16_t>(name, bytes, 8) : number<std::uint32_t>(name, bytes, 8);
  const std::string_view header = part(name, bytes, start, length);
  if (!field(name, header, "fortran_order").starts_with("False"))
    throw Error(name + ": in Fortran's order: save numpy.ascontiguousarray() of it");

  NpyArray array{shape_of(name, header), {}};
  std::size_t count = 1;
  for (const std::size_t length_of_one : array.shape)
    if (__builtin_mul_overflow(count, length_of_one, &count)) throw Error(name + ": shape in its header: too large");
  const std::string_view type = field(name, header, "descr");
  const std::size_t from = start + length;
  if (type.starts_with("'<f8'")) take<double>(name, bytes, from, count, array);
  else if (type.starts_with("'<f4'")) take<float>(name, bytes, from, count, array);
  else if (type.starts_with("'<i8'")) take<std::int64_t>(name, bytes, from, count, array);
  else if (type.starts_with("'<i4'")) take<std::int32_t>(name, bytes, from, count, array);
  else throw Error(fmt::format("{}: type {}: <f4, <f8, <i4 and <i8 are read", name, type.substr(0, type.find(','))));
  return array;
}

std::string inflated(const std::string &name, std::string_view packed, std::size_t size) {
  // A deflated byte is 1032 at most.
  if (size / 1032 > packed.size()) throw Error(name + ": its size is not true: the file is damaged");
  std::string bytes(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error(name + ": zlib: no memory");
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef *>(bytes.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.avail_out) throw Error(name + ": can't be inflated: the file is damaged");
  return bytes;
}

}  // namespace

NpyArray read_npy(const std::string &file) { return parse(file, read(file)); }

// Zip (PKWARE's APPNOTE, 4.3): the end record tells where the directory is, and that where the entries are.
std::map<std::string, NpyArray> read_npz(const std::string &file) {
  const std::string bytes = read(file);
  constexpr std::size_t kEnd = 22, kLocal = 30, kEntry = 46;
  const std::size_t end = bytes.rfind("PK\5\6");
  if (end == std::string::npos) throw Error(file + ": not a .npz file, or cut: save it by numpy.savez()");
  part(file, bytes, end, kEnd);

  std::map<std::string, NpyArray> arrays;
  std::size_t at = number<std::uint32_t>(file, bytes, end + 16);
  for (auto left = number<std::uint16_t>(file, bytes, end + 10); left; left--) {
    if (part(file, bytes, at, kEntry).substr(0, 4) != "PK\1\2") throw Error(file + ": its directory is damaged");
    const auto method = number<std::uint16_t>(file, bytes, at + 10);
    const auto crc = number<std::uint32_t>(file, bytes, at + 16);
    const auto packed = number<std::uint32_t>(file, bytes, at + 20), size = number<std::uint32_t>(file, bytes, at + 24);
    const auto name_size = number<std::uint16_t>(file, bytes, at + 28);
    const std::size_t local = number<std::uint32_t>(file, bytes, at + 42);
    std::string entry(part(file, bytes, at + kEntry, name_size));
    const std::string name = file + ": " + entry;
    at +=
        kEntry + name_size + number<std::uint16_t>(file, bytes, at + 30) + number<std::uint16_t>(file, bytes, at + 32);

    const std::size_t before = kLocal + number<std::uint16_t>(name, bytes, local + 26) +
                               number<std::uint16_t>(name, bytes, local + 28);
    const std::string_view data = part(name, bytes, local + before, packed);
    if (method != 0 && method != Z_DEFLATED)
      throw Error(fmt::format("{}: packed by method {}: 0 and 8 are read", name, method));
    const std::string array = method == 0 ? std::string(data) : inflated(name, data, size);
    if (crc32(0, reinterpret_cast<const Bytef *>(array.data()), static_cast<uInt>(array.size())) != crc)
      throw Error(name + ": its checksum is wrong: the file is damaged");
    if (entry.ends_with(".npy")) entry.resize(entry.size() - 4);
    arrays.emplace(entry, parse(name, array));
  }
  return arrays;
}

}  // namespace liteflow::sim
