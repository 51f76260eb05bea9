// The runtime: limits, template lookup, include and tpl.
#include "hub/gotemplate/runtime.h"

#include <fmt/format.h>

#include <utility>

#include "hub/gotemplate/evaluator.h"
#include "hub/gotemplate/format.h"

namespace spokelab::hub::gotemplate {

struct Runtime::Parsed {
  std::vector<TreeRef> trees;
};

void TemplateSet::add(const TreeRef& tree) {
  auto& place = trees_[tree->name];
  if (tree->empty && (place || (below_ != nullptr && below_->find(tree->name) != nullptr))) return;
  place = tree;
}

const Tree* TemplateSet::find(std::string_view name) const {
  const auto hit = trees_.find(name);
  if (hit != trees_.end() && hit->second) return hit->second.get();
  return below_ == nullptr ? nullptr : below_->find(name);
}

Value Call::fail(std::string message) const { return runtime.fail(std::move(message)); }

Runtime::Runtime(const TemplateSet& templates, RuntimeOptions options)
    : templates_(&templates),
      options_(options),
      rng_(options.rng == nullptr ? Rng(0).stream("template") : options.rng->stream("template")) {}

Runtime::~Runtime() {
  for (const auto& map : changed_) map->entries.clear();
}

Value Runtime::fail(std::string message, Errc code) {
  error_ = Error(code, std::move(message));
  return {};
}

bool Runtime::spend(std::int64_t steps) {
  if (failed()) return false;
  steps_ += steps;
  if (steps_ <= options_.steps_max) return true;
  fail(fmt::format("more than {} steps of evaluation", options_.steps_max), Errc::limit);
  return false;
}

bool Runtime::allow_bytes(std::size_t size) {
  if (failed()) return false;
  if (size <= options_.output_bytes_max) return true;
  fail(fmt::format("more than {} bytes of output", options_.output_bytes_max), Errc::limit);
  return false;
}

void Runtime::changed(std::shared_ptr<Map> map) {
  if (changed_.empty() || changed_.back() != map) changed_.push_back(std::move(map));
}

void Runtime::run(const Tree& tree, const Value& data, std::string& out) {
  Evaluator(*this, tree, out).run(data);
}

Result<std::string> Runtime::execute(std::string_view name, Value data) {
  const Tree* tree = templates_->find(name);
  if (tree == nullptr) {
    return Error(
        Errc::bad_input,
        fmt::format("template: no template {} associated with template \"gotpl\"", quote(name)));
  }
  return execute(*tree, std::move(data));
}

Result<std::string> Runtime::execute(const Tree& tree, Value data) {
  std::string out;
  error_.reset();
  run(tree, data, out);
  if (error_) return *error_;
  return out;
}

namespace {

/// What Execute makes of its `any`: nil is no value there.
Value as_argument(Value data) {
  data.unbox();
  return data;
}

}  // namespace

std::optional<std::string> Runtime::include(const std::string& name, const Value& data) {
  const Tree* tree = templates_->find(name);
  if (tree == nullptr) {
    fail(fmt::format("template: no template {} associated with template \"gotpl\"", quote(name)));
    return std::nullopt;
  }
  std::string out;
  if (++includes_ > options_.include_depth_max) {
    fail(
        fmt::format(
            "rendering template has a nested reference name: {}: unable to execute template", name),
        Errc::limit);
  } else {
    run(*tree, as_argument(data), out);
  }
  --includes_;
  return failed() ? std::nullopt : std::optional(std::move(out));
}

namespace {

/// Helm takes text/template's mark for an absent value out of what it renders.
void strip_no_value(std::string& text) {
  constexpr std::string_view kMark = "<no value>";
  std::size_t at = text.find(kMark);
  if (at == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find(kMark, from)) {
    out.append(text, from, at - from);
    from = at + kMark.size();
  }
  text = out.append(text, from, std::string::npos);
}

}  // namespace

std::optional<std::string> Runtime::run_text(const std::string& text, const Value& data,
                                             const FunctionTable& functions,
                                             std::string_view name) {
  std::string out;
  if (text.find("{{") == std::string::npos) {
    out = text;
    strip_no_value(out);
    return out;
  }
  auto& parsed = parsed_[text];
  if (!parsed) {
    // A tree takes many times the memory of its text.
    if (!spend(static_cast<std::int64_t>(text.size()) * 4)) return std::nullopt;
    auto trees = parse(name, std::make_shared<const std::string>(text), functions);
    if (!trees) {
      fail(fmt::format("cannot parse template {}: {}", quote(text), trees.error().message()));
      return std::nullopt;
    }
    parsed = std::make_shared<Parsed>(Parsed{std::move(*trees)});
  }
  const std::shared_ptr<Parsed> keep = parsed;
  TemplateSet set(templates_);
  for (const TreeRef& tree : keep->trees) set.add(tree);
  const TemplateSet* const outer = std::exchange(templates_, &set);
  if (++includes_ > options_.include_depth_max) {
    fail("tpl calls nested too deep", Errc::limit);
  } else {
    run(*keep->trees.front(), as_argument(data), out);
  }
  --includes_;
  templates_ = outer;
  if (failed()) {
    fail(fmt::format("error during tpl function execution for {}: {}", quote(text),
                     error_->message()),
         error_->code());
    return std::nullopt;
  }
  strip_no_value(out);
  return out;
}

Result<std::string> render_text(std::string_view text, Value data, const FunctionTable& functions,
                                RuntimeOptions options) {
  const auto trees = parse("", std::make_shared<const std::string>(text), functions);
  if (!trees) return trees.error();
  TemplateSet set;
  for (const TreeRef& tree : *trees) set.add(tree);
  Runtime runtime(set, options);
  return runtime.execute(*trees->front(), std::move(data));
}

}  // namespace spokelab::hub::gotemplate
