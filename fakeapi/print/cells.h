// Small pieces that the cells of many kinds share.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/run_time.h"

namespace spokelab::fakeapi {

using Path = std::initializer_list<std::string_view>;

/// The list at a path; an empty one where there is none.
const Json& items_at(const Json& object, Path path);
/// The text at a path, or the fallback where it is absent or empty.
std::string text_or(const Json& object, Path path, std::string_view fallback);
std::size_t count_at(const Json& object, Path path);
/// Since metadata.creationTimestamp.
std::string own_age(const Json& object, WallTime now);
std::string age_at(const Json& object, Path path, WallTime now);
/// "a=b,c=d" of a map of labels; "<none>" when there are none.
std::string labels_text(const Json& object, Path path);
/// As labels_text, for a LabelSelector.
std::string selector_text(const Json& object, Path path);
/// One field of every item, joined by commas.
std::string joined(const Json& list, std::string_view field);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
/// The first few and how many more: "a,b,c + 2 more...".
std::string first_few(const std::vector<std::string>& parts, std::size_t most,
                      std::string_view separator = ",");
/// Names and images of the containers of a pod spec: two cells.
void add_containers(Json& cells, const Json& object, Path pod_spec);
void add(Json& cells, std::initializer_list<Json> more);

}  // namespace spokelab::fakeapi
