# Who may link whom. Each folder under src/ is one layer; a library links only layers of lower rank.
#
# Format: <folder>=<rank>, bottom up. To add a layer, add a line here.
set(MUSUBI_LAYERS
    units=0
    base=1
    domain=2
    json=3
    physics=3
    scenario=4
    inputs=4
    negotiation=4
    converter=4
    safety=4
    gridmaster=4
    market=4
    node=5
    ports=6
    runtime=7
    sim=8
    adapters=8
    proof=9)
# apps, bench, fuzz and tests stand above every layer.
set(MUSUBI_TOP_RANK 10)

# Narrower than rank: these layers link only what is listed.
set(MUSUBI_MAY_LINK_json domain base units)
set(MUSUBI_MAY_LINK_physics domain base units)
foreach(sibling scenario negotiation converter safety gridmaster market)
  set(MUSUBI_MAY_LINK_${sibling} domain base units)
endforeach()
set(MUSUBI_MAY_LINK_node scenario negotiation converter safety gridmaster market domain base units)

# Sets `out` to the rank of `folder`, or to an empty string when the table does not know it.
function(musubi_rank folder out)
  set(rank "")
  foreach(entry IN LISTS MUSUBI_LAYERS)
    if(entry MATCHES "^${folder}=([0-9]+)$")
      set(rank ${CMAKE_MATCH_1})
    endif()
  endforeach()
  set(${out} "${rank}" PARENT_SCOPE)
endfunction()

# Stops the configuration when `user` (of `rank`) may not link `used`.
function(musubi_check_link user rank used)
  string(REGEX REPLACE "/.*" "" user_layer ${user})
  string(REGEX REPLACE "/.*" "" used_layer ${used})
  musubi_rank(${used_layer} used_rank)
  if(used_rank STREQUAL "")
    message(FATAL_ERROR "${user} links '${used}', which is neither a layer in cmake/layers.cmake "
                        "nor an imported target with '::' in its name.")
  endif()
  if(NOT used_rank LESS rank)
    message(FATAL_ERROR "${user} (rank ${rank}) links ${used} (rank ${used_rank}). "
                        "A library links only lower ranks; see cmake/layers.cmake.")
  endif()
  if(DEFINED MUSUBI_MAY_LINK_${user_layer} AND NOT used_layer IN_LIST MUSUBI_MAY_LINK_${user_layer})
    list(JOIN MUSUBI_MAY_LINK_${user_layer} ", " allowed)
    message(FATAL_ERROR "${user} links ${used}. It may link only: ${allowed}; "
                        "see cmake/layers.cmake.")
  endif()
  string(REPLACE "/" "_" target ${used})
  if(NOT TARGET musubi_${target})
    message(FATAL_ERROR "${user} links ${used}, but src/${used}/CMakeLists.txt does not exist.")
  endif()
endfunction()
