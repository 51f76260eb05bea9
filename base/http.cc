#include "base/http.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"

namespace spokelab {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

JsonRef Body::json() const noexcept {
  const auto* json = std::get_if<JsonRef>(&value_);
  return json != nullptr ? *json : nullptr;
}

std::string Body::bytes() const {
  if (const auto* json = std::get_if<JsonRef>(&value_)) return (*json)->dump();
  if (const auto* bytes = std::get_if<std::shared_ptr<const std::string>>(&value_)) return **bytes;
  return "";
}

void Headers::set(std::string name, std::string value) {
  for (auto& [known, old] : all_) {
    if (!same_name(known, name)) continue;
    old = std::move(value);
    return;
  }
  all_.emplace_back(std::move(name), std::move(value));
}

const std::string* Headers::find(std::string_view name) const {
  for (const auto& [known, value] : all_) {
    if (same_name(known, name)) return &value;
  }
  return nullptr;
}

bool ChunkPipe::push(Body chunk) {
  if (!open() || chunks_.size() - taken_ >= kChunksMax) return false;
  chunks_.push_back(std::move(chunk));
  tell();
  return true;
}

void ChunkPipe::end(Error reason) {
  if (ended_) return;
  ended_ = std::move(reason);
  tell();
}

void ChunkPipe::close() {
  if (closed_) return;
  closed_ = true;
  chunks_.clear();
  taken_ = 0;
  tell();
}

void ChunkPipe::tell() {
  readable_.notify();
  if (changed_) {
    const auto hook = changed_;  // the hook may replace itself
    hook();
  }
}

std::optional<Body> ChunkPipe::take() {
  if (taken_ == chunks_.size()) return std::nullopt;
  Body chunk = std::move(chunks_[taken_++]);
  if (taken_ == chunks_.size()) {
    chunks_.clear();
    taken_ = 0;
  }
  return chunk;
}

std::optional<Error> ChunkPipe::drained() const {
  return taken_ == chunks_.size() ? ended_ : std::nullopt;
}

Task<Result<Body>> ChunkPipe::next(Clock& clock, RunTime deadline) {
  for (;;) {
    if (auto chunk = take()) co_return std::move(*chunk);
    if (ended_) co_return *ended_;
    if (closed_) co_return Error(Errc::closed, "stream closed by its reader");
    const bool woken = co_await readable_.wait_until(clock, deadline);
    if (!woken) co_return Error(Errc::timeout, "no data before the deadline");
  }
}

}  // namespace spokelab
