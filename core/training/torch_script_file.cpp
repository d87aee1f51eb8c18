#include "training/torch_script_file.h"

#include <torch/csrc/jit/api/module.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "latent/atomic_file.h"
#include "latent/error.h"
#include "nn/torch_script.h"

namespace latent::training {
namespace {

/// Takes the padding off the value called `pixels`.
std::string cropped(nn::TorchScript& to, const std::string& pixels, const ImageShape& shape,
                    int padding) {
  if (padding == 0) return pixels;
  const std::string rows =
      to.call("torch.narrow", {pixels, "2", std::to_string(padding), std::to_string(shape.height)});
  return to.call("torch.narrow", {rows, "3", std::to_string(padding), std::to_string(shape.width)});
}

std::string surrounded(nn::TorchScript& to, const std::string& x, int padding) {
  if (padding == 0) return x;
  const std::string side = std::to_string(padding);
  return to.let("torch.constant_pad_nd(" + x + ", [" + side + ", " + side + ", " + side + ", " +
                side + "], 0.)");
}

}  // namespace

void write_torch_script(const FrozenNetwork& network, NetworkHalf half,
                        const std::filesystem::path& path) {
  const models::Autoencoder& system = network.system();
  const ImageShape shape = network.shape();
  const int padding = system.config().padding;
  const bool told = network.classes() > 0;
  const std::string labels = told ? "labels" : "";
  const std::string also_labels = told ? ", labels: Tensor" : "";
  nn::TorchScript script;
  std::string source;
  if (half == NetworkHalf::Decoder) {
    const std::string decoded = system.script_decode(script, "z", labels);
    const std::string pixels =
        cropped(script, system.script_pixels(script, decoded), shape, padding);
    source = "def forward(self, z: Tensor" + also_labels + ") -> Tensor:\n" + script.body() +
             "  return " + pixels + "\n";
  } else {
    const auto code = system.script_encode(script, surrounded(script, "x", padding), labels);
    const bool gaussian = !code.log_var.empty();
    source = "def forward(self, x: Tensor" + also_labels + ") -> " +
             (gaussian ? "Tuple[Tensor, Tensor]" : "Tensor") + ":\n" + script.body() + "  return " +
             (gaussian ? "(" + code.mean + ", " + code.log_var + ")" : code.mean) + "\n";
  }

  const nlohmann::json facts = {
      {"system", network.info().id},
      {"half", half == NetworkHalf::Decoder ? "decoder" : "encoder"},
      {"latent_dim", network.latent_dim()},
      {"shape", {shape.channels, shape.height, shape.width}},
      {"classes", network.classes()},
  };
  std::ostringstream bytes;
  try {
    torch::jit::Module module(half == NetworkHalf::Decoder ? "LatentDecoder" : "LatentEncoder");
    for (const auto& [name, tensor] : script.tensors()) {
      module.register_buffer(name, tensor.detach().clone());
    }
    module.define(source);
    module.eval();
    module.save(bytes, {{"latent_studio.json", facts.dump()}});
  } catch (const c10::Error& error) {
    throw Error{ErrorCode::Internal, network.info().title + " could not be made into TorchScript.",
                error.what_without_backtrace()};
  }
  write_atomically(path, [&](std::ostream& out) { out << bytes.str(); });
}

}  // namespace latent::training
