#include "commands.h"
#include "program.h"

int main(int argc, char** argv) {
  using namespace latent::app;
  Program program;
  add_train(program);
  add_replay(program);
  add_bakeoff(program);
  add_info(program);
  add_encode(program);
  add_decode(program);
  add_sample(program);
  add_interpolate(program);
  add_traverse(program);
  add_reconstruct(program);
  add_grid(program);
  add_export(program);
  add_anomaly(program);
  add_probe(program);
  add_task(program);
  add_models(program);
  add_data(program);
  add_fetch(program);
  add_doctor(program);
  return program.run(argc, argv);
}
