say() { printf "\n## %s\n" "$*"; }
