#include <cstdlib>
#include <memory>
#include <vector>

#include "support/catch.h"
#include "support/synthetic_data.h"
#include "training/torch_trainer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LATENT_COUNTS_ALLOCATIONS 0
#else
#define LATENT_COUNTS_ALLOCATIONS 1
#endif

using namespace latent;

#if LATENT_COUNTS_ALLOCATIONS
namespace {
thread_local bool heap_counting = false;
thread_local int heap_allocations = 0;
void* heap_counted(void* memory) {
  if (heap_counting) ++heap_allocations;
  return memory;
}
}  // namespace

// The C library's own allocator stays; every call of this program and its libraries passes here.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
  return heap_counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return heap_counted(__libc_calloc(count, size));
}
void* realloc(void* memory, std::size_t size) noexcept {
  return heap_counted(__libc_realloc(memory, size));
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return heap_counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return heap_counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = heap_counted(__libc_memalign(alignment, size));
  return *memory != nullptr || size == 0 ? 0 : 12;  // ENOMEM
}
}
#endif

namespace {

/// Weights as they are drawn, of a dense VAE.
std::shared_ptr<const FrozenModel> untrained(int padding, ReconstructionLoss loss) {
  TrainingConfig config;
  config.data = "bars";
  config.model = "vae";
  config.latent_dim = 3;
  config.hidden_widths = {24, 12};
  config.padding = padding;
  config.reconstruction_loss = loss;
  training::TorchTrainer trainer{config, test::bars_split({2, 6, 8})};
  trainer.enter_thread();
  return trainer.snapshot(1)->model;
}

}  // namespace

TEST_CASE("one code decodes to the picture that it decodes to among many", "[decoding]") {
  const auto [padding, loss] =
      GENERATE(table<int, ReconstructionLoss>({{0, ReconstructionLoss::BinaryCrossEntropy},
                                               {2, ReconstructionLoss::BinaryCrossEntropy},
                                               {1, ReconstructionLoss::SquaredError}}));
  const auto model = untrained(padding, loss);
  constexpr int kCodes = 12;
  std::vector<float> codes;
  for (int i = 0; i < kCodes * 3; ++i) codes.push_back(0.3F * static_cast<float>(i % 7) - 1.0F);
  const auto pixels = static_cast<std::size_t>(model->shape().pixels());
  std::vector<float> together(kCodes * pixels);
  model->decode(codes, {}, together);
  for (std::size_t i = 0; i < kCodes; ++i) {
    std::vector<float> alone(pixels);
    model->decode(std::span{codes}.subspan(3 * i, 3), {}, alone);
    for (std::size_t p = 0; p < pixels; ++p) {
      REQUIRE(alone[p] == Approx(together[i * pixels + p]).margin(1e-5));
    }
  }
}

#if LATENT_COUNTS_ALLOCATIONS
TEST_CASE("decoding one code allocates nothing once a thread has decoded one", "[decoding]") {
  const auto model = untrained(2, ReconstructionLoss::BinaryCrossEntropy);
  const std::vector<float> code{0.5F, -1.0F, 2.0F};
  std::vector<float> pixels(static_cast<std::size_t>(model->shape().pixels()));
  for (int i = 0; i < 3; ++i) model->decode(code, {}, pixels);
  heap_allocations = 0;
  heap_counting = true;
  void* volatile probe = std::malloc(1);  // the counter counts
  std::free(probe);
  const int seen = heap_allocations;
  model->decode(code, {}, pixels);
  heap_counting = false;
  CHECK(seen > 0);
  CHECK(heap_allocations == seen);
}
#endif
