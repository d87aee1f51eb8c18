# Installs the build into a folder and runs it from there: the programs must find the engine and the
# shipped digits without the source tree. cmake -D BUILD=… -D PREFIX=… -P installed.cmake
cmake_minimum_required(VERSION 3.23)
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${PREFIX}/bin/latent models OUTPUT_VARIABLE models
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT models MATCHES "vae")
  message(FATAL_ERROR "the installed program lists no VAE:\n${models}")
endif()

foreach(file bin/latent-studio share/latent-studio/resources/mnist-10k
             share/applications/latent-studio.desktop
             share/icons/hicolor/scalable/apps/latent-studio.svg)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()
