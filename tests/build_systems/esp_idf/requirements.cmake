# A component as ESP-IDF reads it first, as a script, to find what it needs: nothing that makes a project may come before it is registered.
macro(idf_component_register)
    cmake_parse_arguments(component "" "" "SRCS;INCLUDE_DIRS" ${ARGN})
    message("registered ${component_INCLUDE_DIRS}")
    return()
endmacro()

function(read_component)
    include(${COMPONENT}/CMakeLists.txt)
endfunction()

read_component()
