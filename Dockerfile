FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked -p liaison

FROM debian:bookworm-slim
RUN useradd --system --create-home --home-dir /var/lib/liaison liaison
COPY --from=build /src/target/dist/liaison /usr/local/bin/liaison
USER liaison
WORKDIR /var/lib/liaison
ENTRYPOINT ["liaison"]
CMD ["serve"]
