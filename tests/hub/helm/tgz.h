// Packed charts made by tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <utility>
#include <vector>

#include "base/repo.h"

namespace spokelab::hub::helm {

struct TarEntry {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;
};

inline std::string tgz(const std::vector<TarEntry>& entries) {
  std::string out(1 << 16, '\0');
  for (const TarEntry& one : entries) out.resize(out.size() + one.content.size() + 4096);
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_gnutar(writer);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const TarEntry& one : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, one.name.c_str());
    archive_entry_set_filetype(entry, one.type);
    archive_entry_set_perm(entry, 0644);
    if (one.type == AE_IFLNK)
      archive_entry_set_symlink(entry, one.content.c_str());
    else
      archive_entry_set_size(entry, static_cast<la_int64_t>(one.content.size()));
    archive_write_header(writer, entry);
    if (one.type == AE_IFREG) archive_write_data(writer, one.content.data(), one.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

/// As `helm package` packs a chart: all below a folder of its name.
inline std::string packed(const std::string& name, const FileTree& files) {
  std::vector<TarEntry> entries;
  for (const auto& [path, text] : files) entries.push_back({name + "/" + path, *text});
  return tgz(entries);
}

}  // namespace spokelab::hub::helm
