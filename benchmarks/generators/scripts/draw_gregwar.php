<?php
// Draws with Debian's gregwar/captcha; see `drawing.py` for the arguments.

require 'Gregwar/Captcha/autoload.php';

use Gregwar\Captcha\CaptchaBuilder;

// Debian's package names its fonts where an installation has them; here they are unpacked elsewhere.
$fonts = new ReflectionProperty(CaptchaBuilder::class, 'defaultFontList');
$fonts->setValue(null, array_map(fn ($path) => getenv('UNPACKED') . $path, $fonts->getValue()));

[, $out, $count, $seed, $json] = $argv;
$options = json_decode($json, true);
$rows = ['file_name,text'];

for ($number = 0; $number < (int) $count; $number++) {
    mt_srand(crc32("$seed $number"));
    $builder = new CaptchaBuilder();
    if (isset($options['angle'])) {
        $builder->setMaxAngle($options['angle']);
        $builder->setMaxOffset($options['offset']);
    }
    if (!empty($options['background'])) {
        $builder->setBackgroundImages([lines("$out/behind.png")]);
    }
    $builder->build();
    $name = sprintf('%04d.jpg', $number);
    $builder->save("$out/$name");
    $rows[] = "$name,{$builder->getPhrase()}";
}
@unlink("$out/behind.png");
file_put_contents("$out/metadata.csv", implode("\n", $rows) . "\n");

/** Writes a picture of 15 lines in many colours, and returns its path. */
function lines(string $path): string
{
    $image = imagecreatetruecolor(150, 40);
    imagefill($image, 0, 0, imagecolorallocate($image, 230, 230, 230));
    for ($line = 0; $line < 15; $line++) {
        $colour = imagecolorallocate($image, mt_rand(0, 200), mt_rand(0, 200), mt_rand(0, 200));
        imagesetthickness($image, mt_rand(1, 2));
        imageline($image, mt_rand(0, 75), mt_rand(0, 40), mt_rand(75, 150), mt_rand(0, 40), $colour);
    }
    imagepng($image, $path);
    imagedestroy($image);
    return $path;
}
