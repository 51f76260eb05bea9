// Sprig: lists. They copy; no list is changed in place.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;
constexpr std::size_t kListMax = 1'000'000;

/// Lets an argument that is a list of another type, .Capabilities.APIVersions or bytes, be a plain
/// one.
void open_list(Call& call, std::size_t i) {
  Value& arg = call.args[i];
  if (arg.is(Kind::object)) {
    Value inner = arg.object().underlying();
    if (inner.is(Kind::list)) arg = std::move(inner);
  } else if (arg.is(Kind::bytes) &&
             call.runtime.spend(static_cast<std::int64_t>(arg.text().size()))) {
    std::vector<Value> items;
    for (const char byte : arg.text())
      items.push_back(Value::uint64(static_cast<unsigned char>(byte)));
    arg = make_list(std::move(items));
  }
}

/// The items of a list argument; fails for anything else.
const std::vector<Value>* items_of(Call& call, std::size_t i, std::string_view what) {
  open_list(call, i);
  if (call[i].is(Kind::list)) {
    const std::vector<Value>& items = call[i].list().items;
    return call.runtime.spend(static_cast<std::int64_t>(items.size() / 4)) ? &items : nullptr;
  }
  if (call[i].is_nil()) {
    call.fail("runtime error: invalid memory address or nil pointer dereference");
  } else {
    call.fail(fmt::format("Cannot {} on type {}", what, kind_name(call[i])));
  }
  return nullptr;
}

Value list_result(Call& call, std::vector<Value> items) {
  if (items.size() > kListMax)
    return call.runtime.fail(fmt::format("list longer than {}", kListMax), Errc::limit);
  for (Value& item : items) {
    if (item.is(Kind::none)) item = Value::nil();
  }
  return make_list(std::move(items));
}

Value append(Call& call) {
  const auto* items = items_of(call, 0, "push");
  if (items == nullptr) return {};
  std::vector<Value> out = *items;
  out.push_back(call[1]);
  return list_result(call, std::move(out));
}

Value prepend(Call& call) {
  const auto* items = items_of(call, 0, "prepend");
  if (items == nullptr) return {};
  std::vector<Value> out = {call[1]};
  out.insert(out.end(), items->begin(), items->end());
  return list_result(call, std::move(out));
}

Value first(Call& call) {
  const auto* items = items_of(call, 0, "find first");
  if (items == nullptr) return {};
  return items->empty() ? Value::nil() : items->front();
}
Value last(Call& call) {
  const auto* items = items_of(call, 0, "find last");
  if (items == nullptr) return {};
  return items->empty() ? Value::nil() : items->back();
}
Value rest(Call& call) {
  const auto* items = items_of(call, 0, "find rest");
  if (items == nullptr) return {};
  if (items->empty()) return make_null_list();
  return list_result(call, {items->begin() + 1, items->end()});
}
Value initial(Call& call) {
  const auto* items = items_of(call, 0, "find initial");
  if (items == nullptr) return {};
  if (items->empty()) return make_null_list();
  return list_result(call, {items->begin(), items->end() - 1});
}

Value concat(Call& call) {
  std::vector<Value> out;
  for (std::size_t i = 0; i < call.size(); ++i) {
    open_list(call, i);
    if (call[i].is_nil())
      return call.fail("runtime error: invalid memory address or nil pointer dereference");
    if (!call[i].is(Kind::list))
      return call.fail("Cannot concat type " + kind_name(call[i]) + " as list");
    const auto& items = call[i].list().items;
    if (!call.runtime.spend(static_cast<std::int64_t>(items.size()))) return {};
    out.insert(out.end(), items.begin(), items.end());
  }
  if (out.empty()) return make_null_list();
  return list_result(call, std::move(out));
}

Value reverse(Call& call) {
  const auto* items = items_of(call, 0, "find reverse");
  if (items == nullptr) return {};
  return list_result(call, {items->rbegin(), items->rend()});
}

bool contains(Call& call, const std::vector<Value>& items, const Value& needle) {
  if (!call.runtime.spend(static_cast<std::int64_t>(items.size()))) return false;
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return deep_equal(item, needle); });
}

Value uniq(Call& call) {
  const auto* items = items_of(call, 0, "find uniq");
  if (items == nullptr) return {};
  std::vector<Value> out;
  for (const Value& item : *items) {
    if (!contains(call, out, item)) out.push_back(item);
    if (call.runtime.failed()) return {};
  }
  return list_result(call, std::move(out));
}

Value without(Call& call) {
  const auto* items = items_of(call, 0, "find without");
  if (items == nullptr) return {};
  const std::vector<Value> omitted(call.args.begin() + 1, call.args.end());
  std::vector<Value> out;
  for (const Value& item : *items) {
    if (!contains(call, omitted, item)) out.push_back(item);
  }
  return list_result(call, std::move(out));
}

Value has(Call& call) {
  if (call[1].is_nil()) return false;
  const auto* items = items_of(call, 1, "find has");
  return items != nullptr && contains(call, *items, call[0]);
}

Value compact(Call& call) {
  const auto* items = items_of(call, 0, "compact");
  if (items == nullptr) return {};
  std::vector<Value> out;
  for (const Value& item : *items) {
    if (!is_empty(item)) out.push_back(item);
  }
  return list_result(call, std::move(out));
}

Value slice(Call& call) {
  open_list(call, 0);
  if (!call[0].is(Kind::list) && !call[0].is_nil()) {
    return call.fail("list should be type of slice or array but " + kind_name(call[0]));
  }
  const auto* items = items_of(call, 0, "slice");
  if (items == nullptr) return {};
  if (items->empty()) return Value::nil();
  const auto size = static_cast<std::int64_t>(items->size());
  const std::int64_t from = call.size() > 1 ? to_int64(call[1]) : 0;
  const std::int64_t to = call.size() > 2 ? to_int64(call[2]) : size;
  if (from < 0 || to > size || from > to) {
    return call.fail(fmt::format("reflect.Value.Slice: slice index out of bounds"));
  }
  return make_list({items->begin() + from, items->begin() + to}, call[0].list().of);
}

Value chunk(Call& call) {
  open_list(call, 1);
  if (!call[1].is(Kind::list) && !call[1].is_nil())
    return call.fail("Cannot chunk type " + kind_name(call[1]));
  const auto* items = items_of(call, 1, "chunk");
  if (items == nullptr) return {};
  const auto count = static_cast<double>(items->size());
  const auto size = static_cast<double>(call.whole(0));
  const double chunks = std::floor((count - 1) / size) + 1;
  if (!(chunks >= 0 && chunks <= count))
    return call.fail("runtime error: makeslice: len out of range");
  std::vector<Value> out;
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(call.whole(0), 1));
  for (std::size_t at = 0; at < items->size() && chunks > 0; at += step) {
    const std::size_t end = std::min(at + step, items->size());
    out.push_back(make_list({items->begin() + static_cast<std::ptrdiff_t>(at),
                             items->begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  return make_list(std::move(out), List::Of::list);
}

}  // namespace

void add_sprig_lists(FunctionTable& table) {
  const auto list = +[](Call& c) { return list_result(c, c.args); };
  table.add("list", "a*", list);
  table.add("tuple", "a*", list);
  const auto add = [&table](std::string_view name, std::string_view must, std::string_view params,
                            Value (*run)(Call&)) {
    table.add(name, params, run);
    if (!must.empty()) table.add(must, params, run);
  };
  add("append", "mustAppend", "aa", append);
  add("push", "mustPush", "aa", append);
  add("prepend", "mustPrepend", "aa", prepend);
  add("first", "mustFirst", "a", first);
  add("last", "mustLast", "a", last);
  add("rest", "mustRest", "a", rest);
  add("initial", "mustInitial", "a", initial);
  add("concat", "", "a*", concat);
  add("reverse", "mustReverse", "a", reverse);
  add("uniq", "mustUniq", "a", uniq);
  add("without", "mustWithout", "aa*", without);
  add("has", "mustHas", "aa", has);
  add("compact", "mustCompact", "a", compact);
  add("slice", "mustSlice", "aa*", slice);
  add("chunk", "mustChunk", "ia", chunk);
}

}  // namespace spokelab::hub::gotemplate
