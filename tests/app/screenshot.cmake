# The window on a real X server: trains an epoch, saves a picture of itself, leaves.
# cmake -D XVFB_RUN=… -D STUDIO=… -D PICTURE=… -P screenshot.cmake
cmake_minimum_required(VERSION 3.23)
file(REMOVE ${PICTURE})
execute_process(
  COMMAND ${XVFB_RUN} -a -s "-screen 0 1600x1200x24"
          ${STUDIO} --data glyphs --model vae --latent 2 --epochs 1 --seed 1
          --size 1366x768 --screenshot ${PICTURE}
  COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${PICTURE} size)
if(size LESS 30000)
  message(FATAL_ERROR "${PICTURE} has only ${size} bytes: an empty window?")
endif()
