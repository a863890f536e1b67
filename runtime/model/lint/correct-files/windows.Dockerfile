# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
WORKDIR C:\app
COPY . C:\app
RUN Invoke-WebRequest -Uri https://example.com/x.zip -OutFile x.zip; `
    Expand-Archive x.zip; `
    cd foo; Remove-Item x.zip
ENTRYPOINT ["app.exe"]
