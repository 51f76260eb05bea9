// StructMaker, and the object that it makes.
#include "hub/helm/objects/struct_object.h"

#include <optional>

#include "hub/gotemplate/format.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

class StructObject final : public Object {
 public:
  using Fields = std::vector<std::pair<std::string, Value>>;

  StructObject(std::string type, Fields fields, Members members, Value embedded)
      : type_(std::move(type)),
        fields_(std::move(fields)),
        members_(std::move(members)),
        embedded_(std::move(embedded)) {}
  std::string type_name() const override { return type_; }
  std::optional<Value> get(std::string_view name) const override {
    for (const auto& [field, value] : fields_) {
      if (field == name) return value;
    }
    return embedded_.is(Kind::object) ? embedded_.object().get(name) : std::nullopt;
  }
  std::string print() const override {
    std::string out = "{";
    for (const auto& [name, value] : fields_) {
      if (out.size() > 1) out += ' ';
      out += gotemplate::print(value);
    }
    return out + "}";
  }
  Value underlying() const override { return map_of(members_); }
  const Members* members() const override { return &members_; }

 private:
  std::string type_;
  Fields fields_;
  Members members_;
  Value embedded_;
};

}  // namespace

Value map_of(const Object::Members& members) {
  Map::Entries entries;
  for (const auto& [key, value] : members) entries[key] = value;
  return make_map(std::move(entries));
}

void StructMaker::put(std::string name, std::string key, Value value, bool in_json) {
  if (in_json) members_.emplace_back(std::move(key), value);
  fields_.emplace_back(std::move(name), std::move(value));
}

void StructMaker::text(std::string name, std::string key, const std::string& value) {
  put(std::move(name), std::move(key), Value(value), !value.empty());
}

void StructMaker::texts(std::string name, std::string key, const std::vector<std::string>& values) {
  put(std::move(name), std::move(key), make_strings(values), !values.empty());
}

void StructMaker::truth(std::string name, std::string key, bool value) {
  put(std::move(name), std::move(key), value, value);
}

void StructMaker::embed(std::string name, Value inner) {
  const auto* members = inner.object().members();
  if (members != nullptr) members_.insert(members_.end(), members->begin(), members->end());
  embedded_ = inner;
  fields_.emplace_back(std::move(name), std::move(inner));
}

Value StructMaker::made(std::string type) {
  const std::shared_ptr<const Object> object = std::make_shared<StructObject>(
      std::move(type), std::move(fields_), std::move(members_), std::move(embedded_));
  return Value(object);
}

}  // namespace spokelab::hub::helm
