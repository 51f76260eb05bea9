// A dialer whose connections add one header.
#include "hub/cluster/as_user.h"

#include <utility>

namespace spokelab::hub {

namespace {

class NamedConnection final : public HttpConnection {
 public:
  NamedConnection(std::shared_ptr<HttpConnection> inner, std::string user)
      : inner_(std::move(inner)), user_(std::move(user)) {}
  Task<Result<HttpResponse>> send(HttpRequest request, RunTime deadline) override {
    request.headers.set("Impersonate-User", user_);
    co_return co_await inner_->send(request, deadline);
  }
  bool alive() const noexcept override { return inner_->alive(); }
  void close() override { inner_->close(); }

 private:
  std::shared_ptr<HttpConnection> inner_;
  std::string user_;
};

class NamedDialer final : public HttpDialer {
 public:
  NamedDialer(HttpDialer& inner, std::string user) : inner_(inner), user_(std::move(user)) {}
  Task<Result<std::shared_ptr<HttpConnection>>> dial(HttpEndpoint endpoint,
                                                     RunTime deadline) override {
    auto dialled = co_await inner_.dial(endpoint, deadline);
    if (!dialled) co_return dialled.error();
    std::shared_ptr<HttpConnection> named =
        std::make_shared<NamedConnection>(std::move(*dialled), user_);
    co_return named;
  }

 private:
  HttpDialer& inner_;
  std::string user_;
};

/// The client goes first.
struct NamedClient {
  NamedClient(Clock& clock, HttpDialer& inner, const kube::ClientConfig& config,
              const std::string& user)
      : dialer(inner, user), client(clock, dialer, config) {}
  NamedDialer dialer;
  kube::Client client;
};

}  // namespace

std::shared_ptr<kube::Client> client_as(Clock& clock, HttpDialer& dialer, const kube::Client& own,
                                        const std::string& user) {
  auto both = std::make_shared<NamedClient>(clock, dialer, own.config(), user);
  return {both, &both->client};
}

}  // namespace spokelab::hub
