#!/usr/bin/env bash
# GD::SecurityImage draws its style "box" black on black unless a colour is given.
#
# Version: libgd-securityimage-perl 1.75-2 (Debian 12), Perl 5.36, Linux. Seen on 2026-12-01.
#
# The colours of the text and of the lines are both black by default. The styles of lines and circles
# can still be read, with difficulty: lines and digits have one colour. The style "box" fills two
# boxes in the colour of the lines, and the text on them has the same: no person can read it.
#
# A way round it: give both colours, `create(normal => 'box', '#000000', '#c8c8c8')`.
#
# Output seen, the colours in the middle of the image, where the text stands:
#   box: 1 colour
#   box with two colours given: 2 colours
#   blank: 2 colours
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=$(apt-get -s --no-install-recommends install libgd-securityimage-perl | awk '/^Inst /{print $2}')
apt-get download libgd-securityimage-perl $packages > /dev/null 2>&1
for archive in *.deb; do dpkg-deb -x "$archive" "$folder"; done
cat > box.pl <<'PERL'
use strict;
use warnings;
use GD;
use GD::SecurityImage;

sub colours {
    my $image = GD::SecurityImage->new(width => 80, height => 30, lines => 10, gd_font => 'giant');
    $image->random('123456');
    $image->create(@_);
    my ($data) = $image->out(force => 'png');
    my $drawn = GD::Image->newFromPngData($data);
    my %seen;
    for my $x (14 .. 65) {
        for my $y (10 .. 20) { $seen{ join ',', $drawn->rgb($drawn->getPixel($x, $y)) }++ }
    }
    return scalar keys %seen;
}

my %found = (
    'box' => colours(normal => 'box'),
    'box with two colours given' => colours(normal => 'box', '#000000', '#c8c8c8'),
    'blank' => colours(normal => 'blank'),
);
for my $name (sort keys %found) {
    print "$name: $found{$name} colour", ($found{$name} == 1 ? '' : 's'), "\n";
}
die 'the box shows its text' unless $found{'box'} == 1;
die 'given colours do not help' unless $found{'box with two colours given'} > 1;
die 'there is no text' unless $found{'blank'} > 1;
PERL
libraries="$folder/usr/lib/x86_64-linux-gnu"
modules=("-I$folder/usr/share/perl5")
for path in "$libraries"/perl5/*; do [ -d "$path" ] && modules+=("-I$path"); done
LD_LIBRARY_PATH="$libraries" perl "${modules[@]}" box.pl
