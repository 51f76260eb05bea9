// write_scenario: a tree as the text of a scenario file, for people to read and change.
#pragma once

#include <string>

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

enum class Layout { as_written, compact };

/// YAML that reads back as the same tree. What was written in one line ({...}, [...]) stays in one,
/// comments above and behind an entry stay with it, and so do blank lines between entries:
/// `sources` is what the positions of the tree point into. Anchors come out as the values they
/// stand for; lines that name a schema for editors are left out, since the file may come to lie
/// elsewhere. `compact`: no blank lines, and below the top level whatever fits into one line stands
/// in one, but for what has comments inside.
std::string write_scenario(const YamlNode& tree, const Sources& sources,
                           Layout layout = Layout::as_written);

/// Where a value ends in its file's text: behind the bracket or quote that closes it; the end of
/// the line for plain text that goes on there. `at` is the value's own position.
std::size_t end_of_value(const Sources& sources, Position at);
/// The byte of a position in its file's text.
std::size_t offset_of(const Sources& sources, Position at);

}  // namespace spokelab::harness
