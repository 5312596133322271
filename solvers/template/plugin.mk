# SPDX-License-Identifier: GPL-3.0-or-later
# Builds template.so, a plugin of rmsbench, anywhere. Needs an installed rmsbench (make install) that
# pkg-config can find: PKG_CONFIG_PATH=PREFIX/lib/pkgconfig if it is not in a usual place.
NAME := template
CC ?= cc
CFLAGS ?= -O2 -g -Wall -Wextra
RMS ?= rms
ifeq ($(shell pkg-config --exists rmsbench && echo yes),)
$(error pkg-config does not find rmsbench: run 'make install' in its tree, and set PKG_CONFIG_PATH=PREFIX/lib/pkgconfig)
endif

# The program gives the plugin its functions, so no library is linked. -Bsymbolic: the plugin keeps its
# own symbols where the program has some of the same name. -ffp-contract=off: the same
# numbers on every machine.
$(NAME).so: $(NAME).c
	$(CC) -std=c11 -DRMS_PLUGIN $(shell pkg-config --cflags rmsbench) $(CFLAGS) -ffp-contract=off -fPIC -shared -Wl,-Bsymbolic -o $@ $<

.PHONY: check clean
check: $(NAME).so
	$(RMS) check-solver $(NAME) --plugin ./$(NAME).so
clean:
	rm -f $(NAME).so
