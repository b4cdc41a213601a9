#!/bin/sh
# Puts Chromium 109, the oldest Chrome and Edge that is promised, into the folder named: the browser tests find it there
# as chromium-headless-shell. From npm, which is not installed for it; needs node, npm and tar.
set -eu
folder=$1
package=@sparticuz/chromium@109.0.6
sum=84171b067a588137a242c3dfb70d160c49d055a4227297aefc5eace94e47566c
[ -x "$folder/chromium-headless-shell" ] && exit 0
mkdir -p "$folder/unpacked"
cd "$folder/unpacked"
npm pack --silent "$package" >/dev/null
echo "$sum  $(ls ./*.tgz)" | sha256sum --check --quiet
tar -xzf ./*.tgz
node -e '
const {readFileSync, writeFileSync} = require("fs"), {brotliDecompressSync} = require("zlib");
for (const name of ["chromium", "swiftshader.tar"])
  writeFileSync(name, brotliDecompressSync(readFileSync(`package/bin/${name}.br`)), {mode: 0o755});'
tar -xf swiftshader.tar
rm -rf package ./*.tgz swiftshader.tar
cat > "$folder/chromium-headless-shell" <<END
#!/bin/sh
LD_LIBRARY_PATH="$folder/unpacked" exec "$folder/unpacked/chromium" "\$@"
END
chmod +x "$folder/chromium-headless-shell"
